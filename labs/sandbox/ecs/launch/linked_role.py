"""The service-linked role of ECS, which in a realistic world is created on first use and takes seconds to be usable.

ECS creates it at the first CreateCluster; requests that need it before it can be assumed are refused.
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
    """The role in IAM, created now if the account has none."""
    from moto.iam.models import iam_backends

    backend = iam_backends[ecs.account]["aws"]
    found = next((role for role in backend.roles.values() if role.name == NAME), None)
    return found or backend.create_service_linked_role(SERVICE, "", "")


def require_linked_role(ecs: Ecs) -> None:
    """Raises InvalidParameterException if ECS cannot assume the role yet."""
    if not delays.current.linked_role:
        return
    if not delays.has_passed(make_linked_role(ecs).create_date, delays.current.linked_role):
        raise invalid(
            "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
        )
