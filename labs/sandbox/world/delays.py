"""The durations of what AWS does asynchronously: zero, or in a realistic world about as long as on AWS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labs.sandbox.world import clock


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds until something has happened, each from the call that caused it."""

    provisioning: float = 0
    """That a task is PROVISIONING; less than on AWS, but enough to watch."""
    pending: float = 0
    """That a task is PENDING."""
    stopping: float = 0
    """That a task which ran is STOPPING; its service is DRAINING for as long."""
    deprovisioning: float = 0
    """That a task gives back its network interface: its service is INACTIVE, its cluster not yet empty."""
    retry: float = 0
    """Between two attempts of a service whose tasks fail; without it, the next change brings the next attempt."""
    instance_profile: float = 0
    """Until EC2 knows a new instance profile (hashicorp/packer#9810, aws/aws-sdk-js-v3#5253: 5 to 15 seconds)."""
    linked_role: float = 0
    """Until ECS can assume its new service-linked role (aws-containers/aws-modern-application-workshop#69)."""
    attachments: float = 0
    """That the capacity providers of a cluster are UPDATE_IN_PROGRESS."""
    policies: float = 0
    """Until a change of a role's trust or policies counts."""
    reconnecting: float = 0
    """That an agent is away when it renews its connection (developer guide, ecs-agent-versions)."""


AT_ONCE = Delays()
REALISTIC = Delays(
    provisioning=4,
    pending=8,
    stopping=8,
    deprovisioning=12,
    retry=15,
    instance_profile=10,
    linked_role=10,
    attachments=10,
    policies=6,
    reconnecting=10,
)

current = AT_ONCE
"""Those of the world in this process."""


def has_passed(since: datetime, seconds: float) -> bool:
    """Whether this many seconds have passed since then; moto's moments are in UTC and do not say so."""
    return clock.now() >= since.replace(tzinfo=UTC) + timedelta(seconds=seconds)


def set_speed(*, realistic: bool) -> None:
    """In a realistic world things take their seconds; else all has happened when a call returns."""
    global current
    current = REALISTIC if realistic else AT_ONCE
