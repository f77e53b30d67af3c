"""The durations of asynchronous changes: zero, or in a realistic world about as long as on AWS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labs.sandbox.world import clock


@dataclass(frozen=True, slots=True)
class Delays:
    """Durations in seconds, each from the call that causes the change."""

    provisioning: float = 0
    """A task is PROVISIONING; shorter than on AWS, but long enough to watch."""
    pending: float = 0
    """A task is PENDING."""
    stopping: float = 0
    """A task that ran is STOPPING; its service is DRAINING for the same time."""
    deprovisioning: float = 0
    """A task is DEPROVISIONING its network interface: its service is INACTIVE, its cluster not yet empty."""
    retry: float = 0
    """Between two attempts of a service whose tasks fail; if zero, the next change triggers the next attempt."""
    instance_profile: float = 0
    """Until EC2 knows a new instance profile (hashicorp/packer#9810, aws/aws-sdk-js-v3#5253: 5 to 15 seconds)."""
    linked_role: float = 0
    """Until ECS can assume its new service-linked role (aws-containers/aws-modern-application-workshop#69)."""
    attachments: float = 0
    """The capacity providers of a cluster are UPDATE_IN_PROGRESS."""
    policies: float = 0
    """Until a change of a role's trust policy or policies takes effect."""
    reconnecting: float = 0
    """An agent is disconnected when it renews its connection (developer guide, ecs-agent-versions)."""


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
"""The delays of the world in this process."""


def has_passed(since: datetime, seconds: float) -> bool:
    """Whether this many seconds have passed since then; moto's times are naive and in UTC."""
    return clock.now() >= since.replace(tzinfo=UTC) + timedelta(seconds=seconds)


def set_speed(*, realistic: bool) -> None:
    """Sets the delays of a realistic world, or none."""
    global current
    current = REALISTIC if realistic else AT_ONCE
