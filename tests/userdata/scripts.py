"""Names and builders that the tests of user data share."""

from __future__ import annotations

F = "/etc/ecs/ecs.config"
ROLE = "ECS_ENABLE_TASK_IAM_ROLE=true"
X = {"ECS_CLUSTER": "x"}
BOTH = {"ECS_CLUSTER": "x", "ECS_ENABLE_TASK_IAM_ROLE": "true"}


def bash(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", *lines]) + "\n"
