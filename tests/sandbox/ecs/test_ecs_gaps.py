"""Stock moto still has the gaps that the sandbox closes: where one of these fails, drop this extension."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

CONTAINER = {"name": "web", "image": "nginx", "memory": 64}
Gap = Callable[[Any], bool]


@pytest.fixture
def plain(stock: None, client: Callable[..., Any]) -> Any:
    """Stock moto with a cluster, an instance in it, a task definition and a service."""
    ecs, ec2 = client("ecs"), client("ec2")
    ecs.create_cluster(clusterName="prod")
    image = ec2.register_image(Name="any", Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
    machine = ec2.run_instances(ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1)["Instances"][
        0
    ]
    document = json.dumps({"instanceId": machine["InstanceId"]})
    ecs.register_container_instance(cluster="prod", instanceIdentityDocument=document)
    ecs.register_task_definition(family="web", containerDefinitions=[CONTAINER])
    ecs.create_service(
        cluster="prod",
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        placementStrategy=[{"type": "random"}],
        deploymentConfiguration={"maximumPercent": 150},
        healthCheckGracePeriodSeconds=1,
    )
    return ecs


def service(ecs: Any) -> dict[str, Any]:
    found: dict[str, Any] = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
    return found


def fails(call: Callable[..., Any], *codes: str, **request: Any) -> bool:
    """Whether a call ends in an error, of these codes where some are given."""
    from botocore.exceptions import ClientError

    try:
        call(**request)
    except ClientError as error:
        return not codes or error.response["Error"]["Code"] in codes
    except Exception:  # noqa: BLE001 - a crash of moto's, of any kind, is the gap
        return not codes
    return False


def takes(call: Callable[..., Any], **request: Any) -> bool:
    return not fails(call, **request)


def run(ecs: Any, **request: Any) -> list[dict[str, Any]]:
    return list(ecs.run_task(cluster="prod", taskDefinition="web", **request)["tasks"])


def create_service_drops_placement_strategy(ecs: Any) -> bool:
    return not service(ecs).get("placementStrategy")


def create_service_drops_deployment_configuration(ecs: Any) -> bool:
    return not service(ecs).get("deploymentConfiguration")


def create_service_drops_the_grace_period(ecs: Any) -> bool:
    return "healthCheckGracePeriodSeconds" not in service(ecs)


def a_service_starts_no_task(ecs: Any) -> bool:
    return bool(service(ecs)["runningCount"] == 0)


def a_service_has_no_events(ecs: Any) -> bool:
    return not service(ecs).get("events")


def create_service_takes_a_name_twice(ecs: Any) -> bool:
    return takes(ecs.create_service, cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1)


def create_service_takes_a_target_group_that_is_not_there(ecs: Any) -> bool:
    balancer = {"targetGroupArn": "arn:none", "containerName": "web", "containerPort": 80}
    request = {"cluster": "prod", "serviceName": "lb", "taskDefinition": "web", "desiredCount": 1}
    return takes(ecs.create_service, **request, loadBalancers=[balancer])


def delete_service_does_not_drain(ecs: Any) -> bool:
    return bool(
        ecs.delete_service(cluster="prod", service="web", force=True)["service"]["status"] != "DRAINING"
    )


def describe_services_has_no_limit(ecs: Any) -> bool:
    return takes(ecs.describe_services, cluster="prod", services=["s"] * 11)


def list_services_does_not_page(ecs: Any) -> bool:
    for number in range(11):
        ecs.create_service(cluster="prod", serviceName=f"s{number}", taskDefinition="web", desiredCount=0)
    return len(ecs.list_services(cluster="prod")["serviceArns"]) > 10


def list_tasks_ignores_the_service(ecs: Any) -> bool:
    run(ecs)
    return bool(ecs.list_tasks(cluster="prod", serviceName="web")["taskArns"])


def describe_tasks_changes_tasks(ecs: Any) -> bool:
    task = run(ecs)[0]["taskArn"]
    seen = {ecs.describe_tasks(cluster="prod", tasks=[task])["tasks"][0]["lastStatus"] for _ in range(4)}
    return len(seen) > 1


def run_task_tells_no_zone(ecs: Any) -> bool:
    return "availabilityZone" not in run(ecs)[0]


def run_task_ignores_constraints(ecs: Any) -> bool:
    return bool(run(ecs, placementConstraints=[{"type": "memberOf", "expression": "attribute:none exists"}]))


def run_task_crashes_without_instances(ecs: Any) -> bool:
    ecs.create_cluster(clusterName="empty")
    return not fails(ecs.run_task, "InvalidParameterException", cluster="empty", taskDefinition="web")


def create_cluster_replaces_a_cluster(ecs: Any) -> bool:
    ecs.create_cluster(clusterName="prod")
    (cluster,) = ecs.describe_clusters(clusters=["prod"])["clusters"]
    return bool(cluster["registeredContainerInstancesCount"] == 0)


def create_cluster_takes_an_unknown_capacity_provider(ecs: Any) -> bool:
    return takes(ecs.create_cluster, clusterName="odd", capacityProviders=["none"])


def update_cluster_settings_is_missing(ecs: Any) -> bool:
    settings = [{"name": "containerInsights", "value": "enabled"}]
    return fails(ecs.update_cluster_settings, cluster="prod", settings=settings)


def fargate_is_no_capacity_provider(ecs: Any) -> bool:
    return not ecs.describe_capacity_providers(capacityProviders=["FARGATE"])["capacityProviders"]


def capacity_providers_take_reserved_names(ecs: Any) -> bool:
    group = {"autoScalingGroupArn": "arn:none"}
    return takes(ecs.create_capacity_provider, name="aws", autoScalingGroupProvider=group)


def an_inactive_revision_is_found_by_its_family(ecs: Any) -> bool:
    ecs.register_task_definition(family="web", containerDefinitions=[CONTAINER])
    ecs.deregister_task_definition(taskDefinition="web:2")
    return bool(ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 2)


def any_fargate_size_is_taken(ecs: Any) -> bool:
    fargate = {
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "4096",
    }
    return takes(ecs.register_task_definition, family="f", containerDefinitions=[CONTAINER], **fargate)


def a_mount_of_an_unknown_volume_is_taken(ecs: Any) -> bool:
    container = {**CONTAINER, "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}
    return takes(ecs.register_task_definition, family="v", containerDefinitions=[container])


def memory_reservation_alone_is_refused(ecs: Any) -> bool:
    container = {"name": "web", "image": "nginx", "memoryReservation": 64}
    request = {"family": "m", "containerDefinitions": [container], "requiresCompatibilities": ["EC2"]}
    return fails(ecs.register_task_definition, **request)


def container_instances_have_one_size(ecs: Any) -> bool:
    arns = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    (found,) = ecs.describe_container_instances(cluster="prod", containerInstances=arns)["containerInstances"]
    sizes = {each["name"]: each["integerValue"] for each in found["registeredResources"]}
    return bool(sizes["CPU"] == 4096)


def service_deployments_cannot_be_listed(ecs: Any) -> bool:
    return fails(ecs.list_service_deployments, cluster="prod", service="web")


GAPS: tuple[Gap, ...] = (
    create_service_drops_placement_strategy,
    create_service_drops_deployment_configuration,
    create_service_drops_the_grace_period,
    a_service_starts_no_task,
    a_service_has_no_events,
    create_service_takes_a_name_twice,
    create_service_takes_a_target_group_that_is_not_there,
    delete_service_does_not_drain,
    describe_services_has_no_limit,
    list_services_does_not_page,
    list_tasks_ignores_the_service,
    describe_tasks_changes_tasks,
    run_task_tells_no_zone,
    run_task_ignores_constraints,
    run_task_crashes_without_instances,
    create_cluster_replaces_a_cluster,
    create_cluster_takes_an_unknown_capacity_provider,
    update_cluster_settings_is_missing,
    fargate_is_no_capacity_provider,
    capacity_providers_take_reserved_names,
    an_inactive_revision_is_found_by_its_family,
    any_fargate_size_is_taken,
    a_mount_of_an_unknown_volume_is_taken,
    memory_reservation_alone_is_refused,
    container_instances_have_one_size,
    service_deployments_cannot_be_listed,
)


@pytest.mark.slow
@pytest.mark.parametrize("gap", GAPS, ids=lambda gap: gap.__name__)
def test_stock_moto_still_has_the_gap(plain: Any, gap: Gap) -> None:
    assert gap(plain), f"moto has closed this gap ({gap.__name__}): drop this extension"
