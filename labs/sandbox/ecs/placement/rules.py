"""Placement strategies and constraints as values, parsed from requests and validated as by AWS.

The rules are from the API reference (PlacementStrategy, PlacementConstraint, CreateService). Two
messages are AWS's own, as users report them: "distinctInstance expression should not be
specified." (hashicorp/terraform#11471) and "constraint.type 'distinctInstance' is not supported."
(aws-samples/aws-cdk-examples#628). That random takes no field, not even an empty one, is reported too
(hashicorp/terraform-provider-aws#6176). The other messages are ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from labs.errors import BadPlacement
from labs.sandbox.ecs.placement import query

MAX_STRATEGIES = 5
MAX_CONSTRAINTS = 10
ZONE = "attribute:ecs.availability-zone"

StrategyType = Literal["binpack", "spread", "random"]
ConstraintType = Literal["distinctInstance", "memberOf"]
Raw = Mapping[str, str]
"""A strategy or constraint in a request: `type`, and optionally `field` or `expression`."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy for choosing among the hosts that can take a task.

    `field` is `cpu` or `memory` for binpack; `instanceId` or `attribute:NAME` for spread; empty for random.
    """

    type: StrategyType
    field: str = ""


SERVICE_DEFAULT = (Strategy("spread", ZONE), Strategy("spread", "instanceId"))
"""For a service without strategies: across zones, then "favoring container instances with the fewest number
of running tasks for this service" (developer guide, ecs_services.html)."""

STANDALONE_DEFAULT: tuple[Strategy, ...] = ()
"""For RunTask without strategies: "placed randomly in a cluster" (AWS blog, Amazon ECS Task Placement)."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule that a host must satisfy; memberOf has an expression of the cluster query language."""

    type: ConstraintType
    expression: query.Expression | None = None


def read_strategies(raw: Sequence[Raw]) -> tuple[Strategy, ...]:
    """The strategies of a request; `MEMORY` is read as `memory`, `host` as `instanceId`. Raises BadPlacement.

    None given is an empty tuple, for which the caller takes SERVICE_DEFAULT or STANDALONE_DEFAULT.
    """
    if len(raw) > MAX_STRATEGIES:
        raise BadPlacement(f"Too many placement strategies: at most {MAX_STRATEGIES} are allowed.")
    return tuple(map(_strategy, raw))


def read_constraints(raw: Sequence[Raw], *, in_task_definition: bool = False) -> tuple[Constraint, ...]:
    """The constraints of a request; a task definition may hold memberOf only. Raises BadPlacement.

    AWS counts the ten over the task definition and the request together: see `check_together`.
    """
    constraints = tuple(_constraint(each, in_task_definition=in_task_definition) for each in raw)
    check_together(constraints)
    return constraints


def check_together(*sources: Sequence[Constraint]) -> None:
    """Raises BadPlacement if a task has more than ten constraints in all."""
    if sum(map(len, sources)) > MAX_CONSTRAINTS:
        raise BadPlacement(
            f"Too many placement constraints: at most {MAX_CONSTRAINTS} are allowed for a task."
        )


def _strategy(raw: Raw) -> Strategy:
    kind, given = raw.get("type", ""), raw.get("field", "")
    match kind:
        case "binpack":
            return Strategy(kind, _binpack_field(given))
        case "spread":
            return Strategy(kind, _spread_field(given))
        case "random":
            if "field" in raw:
                raise BadPlacement("random field should not be specified.")
            return Strategy(kind)
    raise BadPlacement(
        f"Placement strategy type '{kind}' is invalid: valid values are random, spread, binpack."
    )


def _binpack_field(given: str) -> str:
    if given.lower() not in ("cpu", "memory"):
        raise BadPlacement(f"binpack field '{given}' is invalid: valid values are cpu and memory.")
    return given.lower()


def _spread_field(given: str) -> str:
    if given.lower() in ("instanceid", "host"):
        return "instanceId"
    if not re.fullmatch(rf"attribute:{query.ATTRIBUTE_NAME}", given):
        raise BadPlacement(
            f"spread field '{given}' is invalid: valid values are instanceId, host and attribute:NAME."
        )
    return given


def _constraint(raw: Raw, *, in_task_definition: bool) -> Constraint:
    kind, expression = raw.get("type", ""), raw.get("expression")
    match kind:
        case "memberOf":
            return Constraint(kind, _member_expression(expression))
        case "distinctInstance":
            if in_task_definition:
                raise BadPlacement("constraint.type 'distinctInstance' is not supported.")
            if expression is not None:
                raise BadPlacement("distinctInstance expression should not be specified.")
            return Constraint(kind)
    raise BadPlacement(
        f"Placement constraint type '{kind}' is invalid: valid values are distinctInstance, memberOf."
    )


def _member_expression(expression: str | None) -> query.Expression:
    if not expression:
        raise BadPlacement("memberOf expression must be specified.")
    try:
        return query.parse(expression)
    except query.BadExpression as error:
        raise BadPlacement(str(error)) from error
