"""The role that is linked to ECS: in a realistic world a fresh account has none, and a new one takes some seconds.

ECS makes it in the background at the first CreateCluster; what needs it before it can be assumed is refused.
Sources: developer guide, using-service-linked-roles.html; the words are those of
aws-cloudformation/cloudformation-coverage-roadmap#818.
"""

from __future__ import annotations

from typing import Any

from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.world import delays

SERVICE = "ecs.amazonaws.com"
NAME = "AWSServiceRoleForECS"


def make_linked_role(ecs: Ecs) -> Any:
    """The role as IAM has it, made now where the account has none."""
    from moto.iam.models import iam_backends

    backend = iam_backends[ecs.account]["aws"]
    found = next((role for role in backend.roles.values() if role.name == NAME), None)
    return found or backend.create_service_linked_role(SERVICE, "", "")


def require_linked_role(ecs: Ecs) -> None:
    """Refuses what ECS cannot do yet. Raises InvalidParameterException."""
    if not delays.current.linked_role:
        return
    if not delays.has_passed(make_linked_role(ecs).create_date, delays.current.linked_role):
        raise invalid(
            "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
        )
