"""Services under an external deployment controller, and their task sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import service, tasks

Refused = Callable[..., str]
EXTERNAL = {"type": "EXTERNAL"}


@pytest.fixture
def web(prod: Any) -> Any:
    """An external service that wants four tasks, and has no task set yet."""
    prod.create_service(cluster="prod", serviceName="web", desiredCount=4, deploymentController=EXTERNAL)
    return prod


def add(ecs: Any, percent: float, **more: Any) -> dict[str, Any]:
    scale = {"value": percent, "unit": "PERCENT"}
    request = {"cluster": "prod", "service": "web", "taskDefinition": "web", "scale": scale, **more}
    made: dict[str, Any] = ecs.create_task_set(**request)["taskSet"]
    return made


def described(ecs: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ecs.describe_task_sets(cluster="prod", service="web")["taskSets"]
    return found


def test_an_external_service_names_no_task_definition(web: Any) -> None:
    found = service(web)
    assert (found["deployments"], found["taskSets"], found["desiredCount"]) == ([], [], 4)
    assert not {"taskDefinition", "currentServiceDeployment"} & found.keys()
    assert not tasks(web)


def test_a_task_set_has_its_share_of_the_tasks_rounded_up(web: Any) -> None:
    made = add(web, 30)
    [found] = described(web)
    assert made["stabilityStatus"] == "STABILIZING"
    assert (found["computedDesiredCount"], found["runningCount"], found["pendingCount"]) == (2, 2, 0)
    assert found["stabilityStatus"] == "STEADY_STATE"
    assert {task["startedBy"] for task in tasks(web, serviceName="web")} == {made["id"]}
    assert service(web)["runningCount"] == 2
    assert service(web)["taskSets"][0]["taskSetArn"] == made["taskSetArn"]


def test_a_task_set_is_not_scaled_unless_it_is_asked_for(web: Any) -> None:
    made = web.create_task_set(cluster="prod", service="web", taskDefinition="web")["taskSet"]
    assert made["scale"] == {"value": 0.0, "unit": "PERCENT"}
    assert not tasks(web)


def test_traffic_moves_from_one_task_set_to_another(web: Any) -> None:
    old, new = add(web, 100), add(web, 25)
    assert [each["runningCount"] for each in described(web)] == [4, 1]
    web.update_service_primary_task_set(cluster="prod", service="web", primaryTaskSet=new["taskSetArn"])
    assert [each["status"] for each in described(web)] == ["ACTIVE", "PRIMARY"]
    for each, percent in ((new, 100), (old, 0)):
        scale = {"value": percent, "unit": "PERCENT"}
        web.update_task_set(cluster="prod", service="web", taskSet=each["id"], scale=scale)
    assert [each["runningCount"] for each in described(web)] == [0, 4]
    gone = web.delete_task_set(cluster="prod", service="web", taskSet=old["taskSetArn"])["taskSet"]
    assert gone["status"] == "DRAINING"
    assert [each["id"] for each in described(web)] == [new["id"]]


def test_the_service_says_what_its_primary_task_set_says(web: Any) -> None:
    made = add(web, 100)
    assert "taskDefinition" not in service(web)
    web.update_service_primary_task_set(cluster="prod", service="web", primaryTaskSet=made["taskSetArn"])
    assert service(web)["taskDefinition"] == made["taskDefinition"]


def test_a_task_set_with_tasks_is_deleted_by_force_only(web: Any, refused: Refused) -> None:
    made = add(web, 50)
    assert "scaled above 0" in refused(web.delete_task_set, cluster="prod", service="web", taskSet=made["id"])
    web.delete_task_set(cluster="prod", service="web", taskSet=made["id"], force=True)
    assert not described(web)
    assert not tasks(web)


def test_the_service_scales_its_task_sets_and_takes_them_along(web: Any) -> None:
    add(web, 50)
    web.update_service(cluster="prod", service="web", desiredCount=2)
    assert described(web)[0]["runningCount"] == 1
    web.delete_service(cluster="prod", service="web", force=True)
    assert service(web)["status"] == "INACTIVE"
    assert not tasks(web)


def test_what_is_stopped_is_started_again(web: Any) -> None:
    add(web, 25)
    [task] = tasks(web)
    web.stop_task(cluster="prod", task=task["taskArn"])
    [other] = tasks(web)
    assert other["taskArn"] != task["taskArn"]


def test_what_does_not_fit_is_told_in_an_event(web: Any) -> None:
    add(web, 100, tags=[{"key": "colour", "value": "blue"}], externalId="blue")
    web.update_service(cluster="prod", service="web", desiredCount=500)
    found = service(web)
    assert found["taskSets"][0]["stabilityStatus"] == "STABILIZING"
    assert "was unable to place a task" in found["events"][0]["message"]
    assert found["taskSets"][0]["externalId"] == "blue"
    assert found["taskSets"][0]["tags"] == [{"key": "colour", "value": "blue"}]
    assert "tags" not in described(web)[0]


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("create_task_set", {"service": "none", "taskDefinition": "web"}, "ServiceNotFoundException"),
        ("create_task_set", {"service": "web", "taskDefinition": "none"}, "ClientException"),
        ("create_task_set", {"service": "web", "taskDefinition": ""}, "InvalidParameterException"),
        ("create_task_set", {"service": "ecs-own", "taskDefinition": "web"}, "InvalidParameterException"),
        (
            "create_task_set",
            {"service": "web", "taskDefinition": "web", "scale": {"value": 101}},
            "InvalidParameterException",
        ),
        ("delete_task_set", {"service": "web", "taskSet": "none"}, "TaskSetNotFoundException"),
    ],
)
def test_refusals(web: Any, refused: Refused, operation: str, request_: dict[str, Any], code: str) -> None:
    web.create_service(cluster="prod", serviceName="ecs-own", taskDefinition="web", desiredCount=0)
    assert refused(getattr(web, operation), cluster="prod", **request_).startswith(code)


def test_a_deleted_service_takes_no_task_set(web: Any, refused: Refused) -> None:
    web.delete_service(cluster="prod", service="web", force=True)
    assert "not ACTIVE" in refused(add, web, 0)


def test_a_task_set_that_is_not_there_is_a_failure(web: Any) -> None:
    answer = web.describe_task_sets(cluster="prod", service="web", taskSets=["none"])
    assert answer["failures"] == [{"arn": "none", "reason": "MISSING"}]


def test_an_external_service_is_no_daemon(prod: Any, refused: Refused) -> None:
    request = {"schedulingStrategy": "DAEMON", "deploymentController": EXTERNAL}
    message = refused(prod.create_service, cluster="prod", serviceName="web", **request)
    assert "does not support the DAEMON" in message
