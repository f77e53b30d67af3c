"""Services of the embedded ECS: what is kept, and how they reach what they want."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import (
    define,
    events,
    join,
    network,
    service,
    target_group,
    tasks,
)
from services_kit import counts, create, update

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


def test_volume_configurations_are_reported_with_the_deployment(
    prod: Any, client: Callable[..., Any]
) -> None:
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


def test_service_connect_and_network_are_reported_with_the_deployment(
    prod: Any, client: Callable[..., Any]
) -> None:
    net = network(client, public=False)
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
        "deploymentCircuitBreaker": {
            "enable": False,
            "rollback": False,
            "resetOnHealthyTask": True,
            "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
        },
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
