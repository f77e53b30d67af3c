"""Where a service's tasks run: capacity providers, one on each instance, and instances that drain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import (
    FARGATE,
    define,
    join,
    network,
    scaling_group,
    service,
    state,
    tasks,
)
from services_kit import counts, create, update


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
        from labs.sandbox.ecs.api.instances import deregister

        create(prod, 3)
        gone = tasks(prod)[0]
        deregister(state(), gone["containerInstanceArn"])
        define(prod, "any")
        assert counts(service(prod)) == (3, 3, 0)
        stopped = prod.describe_tasks(cluster="prod", tasks=[gone["taskArn"]])["tasks"][0]
        assert stopped["stoppedReason"].startswith("Host EC2 (instance i-")

    def test_an_agent_that_is_lost_gets_no_new_tasks(self, prod: Any) -> None:
        from labs.sandbox.ecs.api.instances import set_connected

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

    @pytest.mark.parametrize("names", [["FARGATE"], ["FARGATE", "FARGATE_SPOT"]], ids=["one", "two"])
    def test_nothing_runs_by_a_default_strategy_without_weights(
        self, mixed: Any, refused: Callable[..., str], names: list[str]
    ) -> None:
        """The cluster takes it (aws/containers-roadmap#631), and every task is refused (terraform-aws-ecs#27)."""
        items = [{"capacityProvider": name} for name in names]
        answer = mixed.put_cluster_capacity_providers(
            cluster="prod", capacityProviders=names, defaultCapacityProviderStrategy=items
        )
        assert [each["weight"] for each in answer["cluster"]["defaultCapacityProviderStrategy"]] == [0] * len(
            names
        )
        run = {"cluster": "prod", "taskDefinition": "web", "networkConfiguration": self.net}
        made = {**run, "serviceName": "web", "desiredCount": 1}
        expected = (
            "InvalidParameterException: There are no capacity providers with a weight value greater than zero "
            "defined in the default capacity provider strategy. At least one capacity provider must have a weight "
            "value greater than zero specified. Update the cluster's default capacity provider strategy or specify "
            "a valid capacity provider strategy and try again."
        )
        assert refused(mixed.run_task, **run) == refused(mixed.create_service, **made) == expected
        weighted = [{"capacityProvider": "FARGATE", "weight": 1}]
        assert mixed.run_task(**run, capacityProviderStrategy=weighted)["tasks"]

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
        from labs.sandbox.ecs.launch.task_launch import waiting

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
