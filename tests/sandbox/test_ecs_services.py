"""Services of the embedded ECS: what is kept, and how they reach what they want."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import (
    FARGATE,
    define,
    events,
    join,
    network,
    scaling_group,
    service,
    state,
    target_group,
    tasks,
)


@pytest.fixture
def prod(ecs: Any) -> Any:
    """A cluster with three instances in three zones and a task definition `web`."""
    ecs.create_cluster(clusterName="prod")
    join(3)
    define(ecs)
    return ecs


def create(ecs: Any, count: int | None = 2, name: str = "web", **more: Any) -> dict[str, Any]:
    request = {"cluster": "prod", "serviceName": name, "taskDefinition": "web", **more}
    if count is not None:
        request["desiredCount"] = count
    created: dict[str, Any] = ecs.create_service(**request)["service"]
    return created


def update(ecs: Any, **change: Any) -> dict[str, Any]:
    updated: dict[str, Any] = ecs.update_service(cluster="prod", service="web", **change)["service"]
    return updated


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["desiredCount"], found["runningCount"], found["pendingCount"]


KEPT: dict[str, Any] = {
    "placementStrategy": [
        {"type": "spread", "field": "attribute:ecs.availability-zone"},
        {"type": "binpack", "field": "MEMORY"},
    ],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
    "healthCheckGracePeriodSeconds": 30,
    "enableECSManagedTags": True,
    "availabilityZoneRebalancing": "DISABLED",
    "propagateTags": "SERVICE",
    "serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1"}],
}


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("how", ["created", "updated"])
def test_a_field_is_kept_as_it_was_given(prod: Any, how: str, name: str) -> None:
    if how == "created":
        create(prod, **{name: KEPT[name]})
    else:
        create(prod)
        update(prod, **{name: KEPT[name]})
    assert service(prod)[name] == KEPT[name]


def test_volume_configurations_are_told_with_the_deployment(prod: Any, client: Callable[..., Any]) -> None:
    define(prod, "disk", volumes=[{"name": "scratch", "configuredAtLaunch": True}])
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = client("iam").create_role(
        RoleName="ebs", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust})
    )
    volume = {"roleArn": role["Role"]["Arn"], "sizeInGiB": 50, "volumeType": "gp3"}
    configurations = [{"name": "scratch", "managedEBSVolume": volume}]
    create(prod, taskDefinition="disk", volumeConfigurations=configurations)
    found = service(prod)
    assert found["deployments"][0]["volumeConfigurations"] == configurations
    assert "volumeConfigurations" not in found


def test_service_connect_and_network_are_told_with_the_deployment(
    prod: Any, client: Callable[..., Any]
) -> None:
    net = network(client)
    define(prod, "vpc", networkMode="awsvpc")
    create(
        prod, taskDefinition="vpc", networkConfiguration=net, serviceConnectConfiguration={"enabled": True}
    )
    deployment = service(prod)["deployments"][0]
    assert deployment["serviceConnectConfiguration"] == {"enabled": True}
    assert deployment["networkConfiguration"] == service(prod)["networkConfiguration"] == net


def test_what_is_not_given_has_the_defaults_of_aws(prod: Any) -> None:
    create(prod)
    found = service(prod)
    assert found["placementStrategy"] == found["placementConstraints"] == found["loadBalancers"] == []
    assert found["launchType"] == "EC2"
    assert "capacityProviderStrategy" not in found
    assert found["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
    }
    assert (found["schedulingStrategy"], found["propagateTags"], found["enableExecuteCommand"]) == (
        "REPLICA",
        "NONE",
        False,
    )
    assert found["availabilityZoneRebalancing"] == "ENABLED"


def test_rebalancing_is_off_where_the_strategy_does_not_allow_it(prod: Any) -> None:
    binpack = [{"type": "binpack", "field": "memory"}]
    create(prod, placementStrategy=binpack)
    assert service(prod)["availabilityZoneRebalancing"] == "DISABLED"
    create(prod, name="other")
    prod.update_service(cluster="prod", service="other", placementStrategy=binpack)
    assert service(prod, "other")["availabilityZoneRebalancing"] == "DISABLED"


def test_a_new_service_reaches_its_count_and_tells_how(prod: Any) -> None:
    create(prod, 2)
    assert counts(service(prod)) == (2, 2, 0)
    steady, completed, started = events(prod)
    assert steady == "(service web) has reached a steady state."
    assert completed.endswith("deployment completed.")
    assert started.startswith("(service web) has started 2 tasks: (task ")


def test_the_answer_of_create_service_shows_the_beginning(prod: Any) -> None:
    created = create(prod, 2)
    assert counts(created) == (2, 0, 0)
    assert created["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert created["events"] == []


def test_the_deployment_completes(prod: Any) -> None:
    create(prod, 2)
    deployment = service(prod)["deployments"][0]
    assert deployment["status"] == "PRIMARY"
    assert deployment["rolloutState"] == "COMPLETED"
    assert deployment["rolloutStateReason"] == f"ECS deployment {deployment['id']} completed."
    assert (deployment["desiredCount"], deployment["runningCount"], deployment["failedTasks"]) == (2, 2, 0)
    assert {task["startedBy"] for task in tasks(prod)} == {deployment["id"]}
    assert {task["group"] for task in tasks(prod)} == {"service:web"}


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_service_scales_in_and_out(prod: Any, count: int) -> None:
    create(prod, 3)
    update(prod, desiredCount=count)
    assert counts(service(prod)) == (count, count, 0)
    assert len(service(prod)["deployments"]) == 1
    assert events(prod)[0] == "(service web) has reached a steady state."


def test_scaling_in_stops_tasks_with_the_scheduler_s_reason(prod: Any) -> None:
    create(prod, 2)
    update(prod, desiredCount=1)
    (stopped,) = tasks(prod, desiredStatus="STOPPED")
    identity = service(prod)["deployments"][0]["id"]
    assert stopped["stoppedReason"] == f"Scaling activity initiated by (deployment {identity})"
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"


def test_by_default_tasks_spread_over_the_zones(prod: Any) -> None:
    create(prod, 6)
    assert set(Counter(task["availabilityZone"] for task in tasks(prod)).values()) == {2}


def test_binpack_fills_one_instance(prod: Any) -> None:
    create(prod, 6, placementStrategy=[{"type": "binpack", "field": "memory"}])
    assert len({task["containerInstanceArn"] for task in tasks(prod)}) == 1


def test_distinct_instance_leaves_the_rest_pending_and_says_why_once(prod: Any) -> None:
    create(prod, 5, placementConstraints=[{"type": "distinctInstance"}])
    assert counts(service(prod)) == (5, 3, 0)
    words = [each for each in events(prod) if "unable to place" in each]
    assert len(words) == 1
    prod.tag_resource(resourceArn=service(prod)["serviceArn"], tags=[{"key": "a", "value": "b"}])
    assert len([each for each in events(prod) if "unable to place" in each]) == 1


def test_the_constraint_of_the_task_definition_counts_too(prod: Any) -> None:
    expression = "attribute:ecs.availability-zone == eu-west-1b"
    define(prod, "pinned", placementConstraints=[{"type": "memberOf", "expression": expression}])
    create(prod, 3, taskDefinition="pinned")
    assert {task["availabilityZone"] for task in tasks(prod)} == {"eu-west-1b"}


def test_a_service_without_instances_says_so_and_starts_when_one_comes(ecs: Any) -> None:
    ecs.create_cluster(clusterName="prod")
    define(ecs)
    create(ecs, 2)
    assert events(ecs) == [
        "(service web) was unable to place a task because no container instance met all of its requirements. "
        "Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting "
        "section of the Amazon ECS Developer Guide."
    ]
    join(1)
    define(ecs, "any")  # any call lets the world settle
    assert counts(service(ecs)) == (2, 2, 0)


def test_a_task_that_is_stopped_is_replaced(prod: Any) -> None:
    create(prod, 2)
    victim = tasks(prod)[0]["taskArn"]
    prod.stop_task(cluster="prod", task=victim, reason="test")
    assert counts(service(prod)) == (2, 2, 0)
    assert victim not in [task["taskArn"] for task in tasks(prod)]


def test_static_host_ports_allow_one_task_on_each_instance(prod: Any) -> None:
    define(prod, container={"portMappings": [{"containerPort": 80, "hostPort": 8080}]})
    create(prod, 4)
    assert counts(service(prod)) == (4, 3, 0)
    assert "is already using a port required by your task" in events(prod)[0]


def test_dynamic_host_ports_allow_many_tasks_on_one_instance(ecs: Any) -> None:
    ecs.create_cluster(clusterName="prod")
    join(1)
    define(ecs)
    create(ecs, 3)
    ports = [task["containers"][0]["networkBindings"][0]["hostPort"] for task in tasks(ecs)]
    assert sorted(ports) == [32768, 32769, 32770]


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

    def test_never_fewer_than_the_minimum_run_and_never_more_than_the_maximum(
        self, prod: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from labs.sandbox.ecs import scheduler

        seen: list[int] = []

        def look(ecs: Any, task: Any) -> None:
            seen.append(sum(each.status == "RUNNING" and each.wanted for each in task.service.tasks()))

        create(prod, 4, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 150})
        monkeypatch.setattr(scheduler, "on_start", [look])
        monkeypatch.setattr(scheduler, "on_stop", [look])
        update(prod, forceNewDeployment=True)
        assert seen
        assert min(seen) >= 2
        assert max(seen) <= 6

    def test_it_waits_where_there_is_no_room_for_both(self, prod: Any) -> None:
        define(prod, container={"portMappings": [{"containerPort": 80, "hostPort": 8080}]})
        create(prod, 3)
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

    def test_a_service_that_replaces_its_tasks_one_by_one_gets_there(self, prod: Any) -> None:
        define(prod, "small", container={"memory": 8})
        create(prod, 150, taskDefinition="small", deploymentConfiguration={"maximumPercent": 101})
        update(prod, forceNewDeployment=True)
        found = service(prod)
        assert (found["runningCount"], len(found["deployments"])) == (150, 1)

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
    def test_only_what_tasks_are_made_of_begins_a_deployment(
        self, prod: Any, change: Any, deploys: bool
    ) -> None:
        create(prod, 2)
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
        from labs.sandbox.ecs import scheduler

        answer: dict[str, str | None] = {"reason": "CannotPullContainerError: denied"}
        monkeypatch.setattr(scheduler, "launch_checks", [lambda ecs, task: answer["reason"]])
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

    def test_another_service_that_moves_is_no_reason_to_try_again(self, prod: Any, checks: Any) -> None:
        from labs.sandbox.ecs import scheduler

        scheduler.launch_checks[:] = [lambda ecs, task: "no" if task.service.name == "web" else None]
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

    def test_it_rolls_back_to_the_last_deployment_that_completed(self, prod: Any, checks: Any) -> None:
        checks["reason"] = None
        create(
            prod, 2, deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        )
        good = service(prod)["taskDefinition"]
        from labs.sandbox.ecs import scheduler

        scheduler.launch_checks[:] = [lambda ecs, task: "no" if task.definition.revision == 2 else None]
        define(prod)
        update(prod, taskDefinition="web:2")
        found = service(prod)
        assert (found["taskDefinition"], found["runningCount"]) == (good, 2)
        assert any("rolling back to deployment ecs-svc/" in each for each in events(prod))


class TestDaemon:
    """DAEMON runs one task on each instance that meets the constraints."""

    def test_one_task_on_each_instance(self, prod: Any) -> None:
        create(prod, None, schedulingStrategy="DAEMON")
        assert counts(service(prod)) == (3, 3, 0)
        assert len({task["containerInstanceArn"] for task in tasks(prod)}) == 3

    def test_it_follows_the_instances(self, prod: Any) -> None:
        create(prod, None, schedulingStrategy="DAEMON")
        (new,) = join(1, first=7)
        define(prod, "any")
        assert counts(service(prod)) == (4, 4, 0)
        prod.deregister_container_instance(cluster="prod", containerInstance=new, force=True)
        assert counts(service(prod)) == (3, 3, 0)

    def test_constraints_choose_the_instances(self, prod: Any) -> None:
        constraint = {"type": "memberOf", "expression": "attribute:ecs.availability-zone != eu-west-1a"}
        create(prod, None, schedulingStrategy="DAEMON", placementConstraints=[constraint])
        assert counts(service(prod)) == (2, 2, 0)

    def test_a_new_revision_replaces_the_old_one_in_place(self, prod: Any) -> None:
        create(prod, None, schedulingStrategy="DAEMON")
        arn = define(prod)
        update(prod, taskDefinition="web")
        assert [task["taskDefinitionArn"] for task in tasks(prod)] == [arn] * 3


class TestDraining:
    """The tasks of a DRAINING instance move."""

    def drain(self, ecs: Any, instance: str, status: str = "DRAINING") -> None:
        ecs.update_container_instances_state(cluster="prod", containerInstances=[instance], status=status)

    def test_they_move_to_the_others(self, prod: Any) -> None:
        create(prod, 3)
        left = tasks(prod)[0]["containerInstanceArn"]
        self.drain(prod, left)
        assert counts(service(prod)) == (3, 3, 0)
        assert left not in {task["containerInstanceArn"] for task in tasks(prod)}

    def test_they_stay_where_nothing_else_has_room(self, ecs: Any) -> None:
        ecs.create_cluster(clusterName="prod")
        (only,) = join(1)
        define(ecs)
        create(ecs, 2)
        self.drain(ecs, only)
        assert counts(service(ecs)) == (2, 2, 0)
        join(1, first=5)
        define(ecs, "any")
        assert only not in {task["containerInstanceArn"] for task in tasks(ecs)}

    def test_a_standalone_task_is_left_alone(self, prod: Any) -> None:
        task = prod.run_task(cluster="prod", taskDefinition="web")["tasks"][0]
        self.drain(prod, task["containerInstanceArn"])
        assert [each["lastStatus"] for each in tasks(prod)] == ["RUNNING"]

    def test_tasks_of_an_instance_that_is_gone_are_replaced(self, prod: Any) -> None:
        from labs.sandbox.ecs.instances import deregister

        create(prod, 3)
        gone = tasks(prod)[0]
        deregister(state(), gone["containerInstanceArn"])
        define(prod, "any")
        assert counts(service(prod)) == (3, 3, 0)
        stopped = prod.describe_tasks(cluster="prod", tasks=[gone["taskArn"]])["tasks"][0]
        assert stopped["stoppedReason"].startswith("Host EC2 (instance i-")

    def test_an_agent_that_is_lost_gets_no_new_tasks(self, prod: Any) -> None:
        from labs.sandbox.ecs.instances import set_connected

        lost = prod.list_container_instances(cluster="prod")["containerInstanceArns"][0]
        set_connected(state(), lost, False)
        create(prod, 4)
        assert lost not in {task["containerInstanceArn"] for task in tasks(prod)}


STRATEGY = [
    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3},
]


class TestCapacityProviders:
    """A strategy divides the tasks."""

    @pytest.fixture
    def mixed(self, ecs: Any, client: Callable[..., Any]) -> Any:
        ecs.create_cluster(clusterName="prod", capacityProviders=["FARGATE", "FARGATE_SPOT"])
        define(ecs, **FARGATE)
        self.net = network(client)
        return ecs

    def split(self, ecs: Any) -> Counter[str]:
        return Counter(task["capacityProviderName"] for task in tasks(ecs))

    @pytest.mark.parametrize(("count", "fargate"), [(1, 1), (2, 1), (4, 1), (5, 2), (9, 3), (13, 4)])
    def test_base_first_then_by_weight(self, mixed: Any, count: int, fargate: int) -> None:
        create(mixed, count, capacityProviderStrategy=STRATEGY, networkConfiguration=self.net)
        assert self.split(mixed)["FARGATE"] == fargate
        assert service(mixed)["runningCount"] == count
        assert "launchType" not in service(mixed)

    def test_the_first_task_is_on_the_base(self, mixed: Any) -> None:
        create(mixed, 4, capacityProviderStrategy=STRATEGY, networkConfiguration=self.net)
        assert tasks(mixed)[0]["capacityProviderName"] == "FARGATE"

    def test_scaling_in_keeps_the_base(self, mixed: Any) -> None:
        create(mixed, 9, capacityProviderStrategy=STRATEGY, networkConfiguration=self.net)
        update(mixed, desiredCount=4)
        assert self.split(mixed) == {"FARGATE": 1, "FARGATE_SPOT": 3}

    def test_the_cluster_s_default_strategy_is_used_where_nothing_is_given(self, mixed: Any) -> None:
        mixed.put_cluster_capacity_providers(
            cluster="prod",
            capacityProviders=["FARGATE", "FARGATE_SPOT"],
            defaultCapacityProviderStrategy=STRATEGY,
        )
        create(mixed, 4, networkConfiguration=self.net)
        assert [item["capacityProvider"] for item in service(mixed)["capacityProviderStrategy"]] == [
            "FARGATE",
            "FARGATE_SPOT",
        ]
        assert self.split(mixed) == {"FARGATE": 1, "FARGATE_SPOT": 3}

    def test_a_launch_type_wins_over_the_default_strategy(self, mixed: Any) -> None:
        mixed.put_cluster_capacity_providers(
            cluster="prod",
            capacityProviders=["FARGATE", "FARGATE_SPOT"],
            defaultCapacityProviderStrategy=STRATEGY,
        )
        create(mixed, 2, networkConfiguration=self.net, launchType="FARGATE")
        assert service(mixed)["launchType"] == "FARGATE"
        assert "capacityProviderStrategy" not in service(mixed)

    def test_fargate_tasks_spread_over_the_subnets_zones(self, mixed: Any) -> None:
        create(mixed, 6, networkConfiguration=self.net, launchType="FARGATE")
        assert set(Counter(task["availabilityZone"] for task in tasks(mixed)).values()) == {2}

    def test_tasks_wait_for_a_managed_group_to_grow(self, ecs: Any, client: Callable[..., Any]) -> None:
        from labs.sandbox.ecs.launch import waiting

        provider = {"autoScalingGroupArn": scaling_group(client), "managedScaling": {"status": "ENABLED"}}
        ecs.create_capacity_provider(name="fleet", autoScalingGroupProvider=provider)
        strategy = [{"capacityProvider": "fleet", "weight": 1}]
        ecs.create_cluster(
            clusterName="prod", capacityProviders=["fleet"], defaultCapacityProviderStrategy=strategy
        )
        define(ecs)
        create(ecs, 2)
        assert counts(service(ecs)) == (2, 0, 2)
        assert {task["lastStatus"] for task in tasks(ecs)} == {"PROVISIONING"}
        assert len(waiting(state(), "fleet")) == 2
        join(2)  # instances, but not of the group
        define(ecs, "any")
        assert service(ecs)["runningCount"] == 0


class TestDeletion:
    def test_a_service_that_is_scaled_above_0_is_kept(self, prod: Any, refused: Callable[..., str]) -> None:
        create(prod, 1)
        message = refused(prod.delete_service, cluster="prod", service="web")
        assert (
            message == "InvalidParameterException: The service cannot be stopped while it is scaled above 0."
        )
        assert service(prod)["runningCount"] == 1

    def test_force_drains_it_and_it_stays_described_as_inactive(self, prod: Any) -> None:
        create(prod, 2)
        assert (
            prod.delete_service(cluster="prod", service="web", force=True)["service"]["status"] == "DRAINING"
        )
        found = service(prod)
        assert (found["status"], found["runningCount"], found["deployments"]) == ("INACTIVE", 0, [])
        assert prod.list_services(cluster="prod")["serviceArns"] == []
        assert tasks(prod) == []

    def test_the_name_can_be_used_again(self, prod: Any) -> None:
        create(prod, 2)
        prod.delete_service(cluster="prod", service="web", force=True)
        create(prod, 1)
        assert counts(service(prod)) == (1, 1, 0)

    def test_what_was_deleted_is_neither_updated_nor_deleted(
        self, prod: Any, refused: Callable[..., str]
    ) -> None:
        create(prod, 0)
        prod.delete_service(cluster="prod", service="web")
        change = refused(prod.update_service, cluster="prod", service="web", desiredCount=1)
        assert change == "ServiceNotActiveException: Service was not ACTIVE."
        again = refused(prod.delete_service, cluster="prod", service="web")
        assert again == "ServiceNotFoundException: Service not found."


def test_a_second_service_of_the_name_is_refused(prod: Any, refused: Callable[..., str]) -> None:
    create(prod, 1)
    message = refused(create, prod, 1)
    assert message == "InvalidParameterException: Creation of service was not idempotent."


def test_services_are_listed_ten_on_a_page(prod: Any) -> None:
    for number in range(12):
        create(prod, 0, f"s{number}")
    first = prod.list_services(cluster="prod")
    assert len(first["serviceArns"]) == 10
    rest = prod.list_services(cluster="prod", nextToken=first["nextToken"])
    assert len(rest["serviceArns"]) == 2
    assert "nextToken" not in rest


def test_services_are_filtered_by_launch_type_and_scheduling_strategy(prod: Any) -> None:
    create(prod, 0, "replica")
    create(prod, None, "daemon", schedulingStrategy="DAEMON")
    (arn,) = prod.list_services(cluster="prod", schedulingStrategy="DAEMON")["serviceArns"]
    assert arn.endswith("service/prod/daemon")
    assert prod.list_services(cluster="prod", launchType="FARGATE")["serviceArns"] == []


def test_a_missing_service_is_a_failure_beside_those_that_are_there(prod: Any) -> None:
    create(prod, 0)
    answer = prod.describe_services(cluster="prod", services=["web", "none"])
    assert [each["serviceName"] for each in answer["services"]] == ["web"]
    arn = "arn:aws:ecs:eu-west-1:123456789012:service/prod/none"
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_a_load_balancer_is_kept_with_the_service_linked_role(prod: Any, client: Callable[..., Any]) -> None:
    balancer = {"targetGroupArn": target_group(client), "containerName": "web", "containerPort": 80}
    create(prod, 1, loadBalancers=[balancer])
    found = service(prod)
    assert found["loadBalancers"] == [balancer]
    assert found["roleArn"].endswith("AWSServiceRoleForECS")
    assert found["healthCheckGracePeriodSeconds"] == 0


def test_tags_are_propagated(prod: Any) -> None:
    tags = [{"key": "team", "value": "blue"}]
    create(prod, 1, tags=tags, propagateTags="SERVICE", enableECSManagedTags=True)
    assert service(prod)["tags"] == tags
    assert {tag["key"]: tag["value"] for tag in tasks(prod)[0]["tags"]} == {
        "aws:ecs:clusterName": "prod",
        "aws:ecs:serviceName": "web",
        "team": "blue",
    }


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
    """What the API turns on by default does what AWS says: tasks start where few are, and stop where many are."""
    crowded(ecs)
    assert zones(ecs) == [2, 2, 2]
    told = "6 tasks in eu-west-1a, 0 tasks in eu-west-1b, 0 tasks in eu-west-1c"
    assert f"(service web) is not AZ balanced with {told}. AZ Rebalancing in progress." in events(ecs)


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
    """Whoever corrects a strategy and deploys anew finds the tasks where the strategy wants them."""
    create(prod, 6, placementStrategy=[{"type": "binpack", "field": "memory"}])
    assert zones(prod) == [0, 0, 6]
    by_zone = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
    update(prod, placementStrategy=by_zone, forceNewDeployment=True)
    assert zones(prod) == [2, 2, 2]
