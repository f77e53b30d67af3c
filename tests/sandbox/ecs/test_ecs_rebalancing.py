"""Services that are balanced between zones again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import (
    define,
    events,
    join,
    service,
    tasks,
)
from services_kit import create, update


def zones(ecs: Any) -> list[int]:
    """How many tasks of the service each of the three zones has, the fewest first."""
    held = Counter(task["availabilityZone"] for task in tasks(ecs, serviceName="web"))
    return sorted(held[zone] for zone in ("eu-west-1a", "eu-west-1b", "eu-west-1c"))


def crowded(ecs: Any, **more: Any) -> None:
    """A service whose six tasks all found the only instance there was, before two more zones came."""
    ecs.create_cluster(clusterName="prod")
    define(ecs)
    join(1)
    create(ecs, 6, **more)
    join(2, first=1)
    update(ecs)


def test_a_service_is_balanced_between_zones_once_they_have_instances(ecs: Any) -> None:
    """Rebalancing, on by default in the API, starts tasks where few are, and stops them where many are."""
    crowded(ecs)
    assert zones(ecs) == [2, 2, 2]
    message = "6 tasks in eu-west-1a, 0 tasks in eu-west-1b, 0 tasks in eu-west-1c"
    assert f"(service web) is not AZ balanced with {message}. AZ Rebalancing in progress." in events(ecs)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"availabilityZoneRebalancing": "DISABLED"}, id="switched off"),
        pytest.param({"placementStrategy": [{"type": "binpack", "field": "memory"}]}, id="binpack"),
        pytest.param({"deploymentConfiguration": {"maximumPercent": 110}}, id="no task more is allowed"),
        pytest.param(
            {
                "placementConstraints": [
                    {"type": "memberOf", "expression": "attribute:ecs.availability-zone == eu-west-1a"}
                ]
            },
            id="the other zones may not take it",
        ),
    ],
)
def test_nothing_is_balanced_where_it_may_not_be(ecs: Any, how: dict[str, Any]) -> None:
    crowded(ecs, **how)
    assert zones(ecs) == [0, 0, 6]


def test_a_difference_of_one_task_is_balance(prod: Any) -> None:
    create(prod, 4)
    before = {task["taskArn"] for task in tasks(prod)}
    update(prod)
    assert {task["taskArn"] for task in tasks(prod)} == before


def test_a_new_deployment_is_spread_as_if_the_old_tasks_had_gone(prod: Any) -> None:
    """Whoever corrects a strategy and deploys again finds the tasks where the strategy wants them."""
    create(prod, 6, placementStrategy=[{"type": "binpack", "field": "memory"}])
    assert zones(prod) == [0, 0, 6]
    by_zone = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
    update(prod, placementStrategy=by_zone, forceNewDeployment=True)
    assert zones(prod) == [2, 2, 2]


BINPACK = {"placementStrategy": [{"type": "binpack", "field": "memory"}]}
BY_ZONE = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
NO_ROOM = {"deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 100}}
UPDATED = "InvalidParameterException: The service couldn't be updated because "
ONLY_SPREAD = (
    "Availability Zone Rebalancing only supports availability zone spread as task placement strategy."
)
NEEDS_ROOM = (
    "Availability Zone Rebalancing does not support maximumPercent <= 100 % as deployment configuration."
)


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, "ENABLED"),
        ({"placementStrategy": BY_ZONE}, "ENABLED"),
        ({"placementStrategy": [*BY_ZONE, {"type": "binpack", "field": "memory"}]}, "ENABLED"),
        ({"availabilityZoneRebalancing": "DISABLED"}, "DISABLED"),
        (BINPACK, "DISABLED"),
        ({"placementStrategy": [{"type": "random"}]}, "DISABLED"),
        ({"placementStrategy": [{"type": "spread", "field": "instanceId"}]}, "DISABLED"),
        (NO_ROOM, "DISABLED"),
    ],
    ids=str,
)
def test_a_new_service_is_rebalanced_where_that_is_possible(prod: Any, given: Any, state: str) -> None:
    create(prod, **given)
    assert service(prod)["availabilityZoneRebalancing"] == state


@pytest.mark.parametrize(("given", "reason"), [(BINPACK, ONLY_SPREAD), (NO_ROOM, NEEDS_ROOM)], ids=str)
def test_rebalancing_may_not_be_enabled_where_it_is_not_possible(
    prod: Any, refused: Callable[..., str], given: Any, reason: str
) -> None:
    create(prod, name="off", **given)
    on = {"availabilityZoneRebalancing": "ENABLED"}
    made = {"cluster": "prod", "serviceName": "on", "taskDefinition": "web", "desiredCount": 1}
    assert refused(prod.create_service, **made, **on, **given) == f"InvalidParameterException: {reason}"
    assert refused(prod.update_service, cluster="prod", service="off", **on) == UPDATED + reason


@pytest.mark.parametrize(("given", "reason"), [(BINPACK, ONLY_SPREAD), (NO_ROOM, NEEDS_ROOM)], ids=str)
def test_an_update_does_not_switch_rebalancing_off_by_itself(
    prod: Any, refused: Callable[..., str], given: Any, reason: str
) -> None:
    """A service that was made without a strategy refuses binpack until its rebalancing is DISABLED."""
    create(prod)
    before = service(prod)
    assert refused(prod.update_service, cluster="prod", service="web", **given) == UPDATED + reason
    assert service(prod) == before
    update(prod, availabilityZoneRebalancing="DISABLED", **given)
    assert service(prod)["availabilityZoneRebalancing"] == "DISABLED"
    update(prod, placementStrategy=BY_ZONE)
    assert service(prod)["availabilityZoneRebalancing"] == "DISABLED"


def test_a_daemon_is_not_rebalanced(prod: Any, refused: Callable[..., str]) -> None:
    daemon = {
        "cluster": "prod",
        "serviceName": "web",
        "taskDefinition": "web",
        "schedulingStrategy": "DAEMON",
    }
    made = refused(prod.create_service, **daemon, availabilityZoneRebalancing="ENABLED")
    assert made.endswith("Availability Zone Rebalancing does not support DAEMON services")
    prod.create_service(**daemon)
    assert service(prod)["availabilityZoneRebalancing"] == "DISABLED"
