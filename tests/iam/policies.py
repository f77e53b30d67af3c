"""Builders of policies, and the names that the tests of IAM share."""

from __future__ import annotations

from typing import Any

from labs.iam import Decision, Policy

REPO = "arn:aws:ecr:eu-west-1:123456789012:repository/labs/app"
OTHER = "arn:aws:ecr:eu-west-1:123456789012:repository/labs/other"
OBJECT = "arn:aws:s3:::labs-task-data/input.csv"
BUCKET = "arn:aws:s3:::labs-task-data"
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
ROLE = "arn:aws:iam::123456789012:role/labs-ecr-puller"
USER = "arn:aws:iam::123456789012:user/ana"
SESSION = "arn:aws:sts::123456789012:assumed-role/labs-ecr-puller/i-1"
PARTNER = "210987654321"
YES, DENIED, NO = Decision.ALLOWED, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY


def allow(action: Any = "*", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    return statement("Allow", action, resource, condition, **more)


def deny(action: Any = "*", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    return statement("Deny", action, resource, condition, **more)


def statement(effect: str, action: Any, resource: Any, condition: Any, **more: Any) -> dict[str, Any]:
    block = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition, **more}
    return {element: value for element, value in block.items() if value is not None}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Policy:
    return Policy.parse({"Version": version, "Statement": list(statements)})


def when(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return {operator: {key: list(values)}}


def to(
    principal: Any, action: Any = "ecr:BatchGetImage", condition: Any = None, effect: str = "Allow"
) -> dict[str, Any]:
    return statement(effect, action, None, condition, Principal=principal)


BOUNDARY_S3 = [policy(allow("s3:*"))]
OF_ACCOUNT = when("StringEquals", "aws:SourceAccount", "123456789012")
