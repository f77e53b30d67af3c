"""How a service of the embedded ECS comes to another revision, and what it does where launches fail."""

from __future__ import annotations

from typing import Any

import pytest
from ecs_kit import (
    define,
    events,
    service,
    tasks,
)
from services_kit import counts, create, update

from labs.sandbox import hooks


class TestRollOut:
    """A new revision replaces the old one within the deployment's percentages."""

    def test_every_task_is_of_the_new_revision(self, prod: Any) -> None:
        create(prod, 3)
        arn = define(prod)
        update(prod, taskDefinition="web:2")
        assert service(prod)["taskDefinition"] == arn
        assert {task["taskDefinitionArn"] for task in tasks(prod)} == {arn}
        assert [each["status"] for each in service(prod)["deployments"]] == ["PRIMARY"]

    def test_the_answer_shows_both_deployments(self, prod: Any) -> None:
        create(prod, 3)
        define(prod)
        primary, old = update(prod, taskDefinition="web")["deployments"]
        assert (primary["status"], primary["rolloutState"], primary["runningCount"]) == (
            "PRIMARY",
            "IN_PROGRESS",
            0,
        )
        assert (old["status"], old["runningCount"]) == ("ACTIVE", 3)

    @pytest.mark.parametrize(
        ("least", "most", "expected"), [(0, 100, 4), (50, 100, 4), (50, 150, 4), (100, 125, 4), (100, 200, 4)]
    )
    def test_it_ends_for_any_percentages_that_let_it(
        self, prod: Any, least: int, most: int, expected: int
    ) -> None:
        create(prod, 4, deploymentConfiguration={"minimumHealthyPercent": least, "maximumPercent": most})
        arn = define(prod)
        update(prod, taskDefinition="web")
        assert [task["taskDefinitionArn"] for task in tasks(prod)] == [arn] * expected

    @pytest.mark.slow
    def test_never_fewer_than_the_minimum_run_and_never_more_than_the_maximum(
        self, prod: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []

        def describe(ecs: Any, task: Any) -> None:
            seen.append(sum(each.status == "RUNNING" and each.wanted for each in task.service.tasks()))

        create(prod, 4, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 150})
        monkeypatch.setattr(hooks, "on_start", [describe])
        monkeypatch.setattr(hooks, "on_stop", [describe])
        update(prod, forceNewDeployment=True)
        assert seen
        assert min(seen) >= 2
        assert max(seen) <= 6

    def test_it_waits_where_there_is_no_room_for_both(self, prod: Any) -> None:
        define(prod, container={"portMappings": [{"containerPort": 80, "hostPort": 8080}]})
        create(prod, 3, availabilityZoneRebalancing="DISABLED")
        define(prod, container={"portMappings": [{"containerPort": 80, "hostPort": 8080}]})
        update(prod, taskDefinition="web")
        primary, old = service(prod)["deployments"]
        assert (primary["runningCount"], old["runningCount"], primary["rolloutState"]) == (
            0,
            3,
            "IN_PROGRESS",
        )
        update(prod, deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100})
        assert [each["runningCount"] for each in service(prod)["deployments"]] == [3]

    @pytest.mark.slow
    def test_a_service_that_replaces_its_tasks_one_by_one_gets_there(self, prod: Any) -> None:
        define(prod, "small", container={"memory": 8})
        create(prod, 150, taskDefinition="small", deploymentConfiguration={"maximumPercent": 101})
        update(prod, forceNewDeployment=True)
        found = service(prod)
        assert (found["runningCount"], len(found["deployments"])) == (150, 1)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("change", "deploys"),
        [
            ({"forceNewDeployment": True}, True),
            ({"taskDefinition": "web"}, False),
            ({"desiredCount": 3}, False),
            ({"placementStrategy": [{"type": "random"}]}, False),
            ({"deploymentConfiguration": {"maximumPercent": 150}}, False),
            ({"healthCheckGracePeriodSeconds": 5}, False),
            ({"serviceConnectConfiguration": {"enabled": True}}, True),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_only_what_tasks_are_made_of_starts_a_deployment(
        self, prod: Any, change: Any, deploys: bool
    ) -> None:
        create(prod, 2, availabilityZoneRebalancing="DISABLED")
        before = service(prod)["deployments"][0]["id"]
        update(prod, **change)
        assert (service(prod)["deployments"][0]["id"] != before) == deploys

    def test_deployments_and_revisions_can_be_read(self, prod: Any) -> None:
        create(prod, 1)
        arn = define(prod)
        update(prod, taskDefinition="web")
        newest, oldest = prod.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
        assert [newest["status"], oldest["status"]] == ["SUCCESSFUL", "SUCCESSFUL"]
        full = prod.describe_service_deployments(
            serviceDeploymentArns=[newest["serviceDeploymentArn"], "arn:none"]
        )
        assert full["serviceDeployments"][0]["targetServiceRevision"]["runningTaskCount"] == 1
        assert full["failures"] == [{"arn": "arn:none", "reason": "MISSING"}]
        revision = prod.describe_service_revisions(serviceRevisionArns=[newest["targetServiceRevisionArn"]])
        assert revision["serviceRevisions"][0]["taskDefinition"] == arn


class TestFailingLaunches:
    """A launch check that refuses stands for an image that cannot be pulled."""

    @pytest.fixture
    def checks(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
        answer: dict[str, str | None] = {"reason": "CannotPullContainerError: denied"}
        monkeypatch.setattr(hooks, "launch_checks", [lambda ecs, task: answer["reason"]])
        return answer

    def test_the_task_stops_with_the_reason(self, prod: Any, checks: Any) -> None:
        create(prod, 1)
        (task,) = tasks(prod, desiredStatus="STOPPED")
        assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")
        assert task["stoppedReason"] == task["containers"][0]["reason"] == "CannotPullContainerError: denied"
        assert "startedAt" not in task
        assert "exitCode" not in task["containers"][0]

    def test_the_service_does_not_try_for_ever(self, prod: Any, checks: Any) -> None:
        create(prod, 3)
        assert len(tasks(prod, desiredStatus="STOPPED")) == 3
        assert service(prod)["deployments"][0]["failedTasks"] == 3
        assert service(prod)["deployments"][0]["rolloutState"] == "IN_PROGRESS"

    def test_a_later_call_is_one_more_attempt_and_a_success_brings_the_rest(
        self, prod: Any, checks: Any
    ) -> None:
        create(prod, 3)
        define(prod, "any")
        assert len(tasks(prod, desiredStatus="STOPPED")) == 4
        checks["reason"] = None
        define(prod, "any")
        assert counts(service(prod)) == (3, 3, 0)
        assert service(prod)["deployments"][0]["failedTasks"] == 0

    def test_another_service_that_moves_is_no_reason_to_try_again(
        self, prod: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            hooks, "launch_checks", [lambda ecs, task: "no" if task.service.name == "web" else None]
        )
        create(prod, 1)
        create(prod, 4, "good", deploymentConfiguration={"maximumPercent": 125})
        before = len(tasks(prod, serviceName="web", desiredStatus="STOPPED"))
        prod.update_service(cluster="prod", service="good", forceNewDeployment=True)
        assert len(tasks(prod, serviceName="web", desiredStatus="STOPPED")) == before + 1

    def test_old_tasks_stay_while_new_ones_fail(self, prod: Any, checks: Any) -> None:
        checks["reason"] = None
        create(prod, 2)
        checks["reason"] = "no"
        update(prod, forceNewDeployment=True)
        assert service(prod)["runningCount"] == 2

    def test_the_circuit_breaker_fails_the_deployment(self, prod: Any, checks: Any) -> None:
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
        create(prod, 2, deploymentConfiguration=breaker)
        deployment = service(prod)["deployments"][0]
        assert deployment["rolloutState"] == "FAILED"
        assert deployment["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
        assert 3 <= deployment["failedTasks"] <= 4
        define(prod, "any")
        assert service(prod)["deployments"][0]["failedTasks"] == deployment["failedTasks"]

    def test_it_rolls_back_to_the_last_deployment_that_completed(
        self, prod: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create(
            prod, 2, deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        )
        good = service(prod)["taskDefinition"]
        monkeypatch.setattr(
            hooks, "launch_checks", [lambda ecs, task: "no" if task.definition.revision == 2 else None]
        )
        define(prod)
        update(prod, taskDefinition="web:2")
        found = service(prod)
        assert (found["taskDefinition"], found["runningCount"]) == (good, 2)
        assert any("rolling back to deployment ecs-svc/" in each for each in events(prod))
