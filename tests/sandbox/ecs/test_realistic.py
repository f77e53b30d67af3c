"""A realistic world plays AWS's delays, by the sandbox's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from ecs_kit import define, network

from labs.sandbox.world import delays

Client = Callable[..., Any]
Later = Callable[[float], None]
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
    '"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    """Lets seconds pass in a realistic world."""
    import time_machine

    monkeypatch.setattr(delays, "current", delays.REALISTIC)
    with time_machine.travel(datetime(2026, 11, 29, tzinfo=UTC), tick=False) as traveller:
        yield traveller.shift


def launch(client: Client) -> Callable[[], Any]:
    client("iam").create_instance_profile(InstanceProfileName="hosts")
    image = client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    profile = {"Name": "hosts"}
    return lambda: client("ec2").run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", IamInstanceProfile=profile
    )


@pytest.mark.slow
def test_ec2_learns_of_a_new_instance_profile_late(
    aws: None, client: Client, refused: Callable[..., str], later: Later
) -> None:
    run = launch(client)
    assert refused(run) == (
        "InvalidParameterValue: Value (hosts) for parameter iamInstanceProfile.name is invalid. "
        "Invalid IAM Instance Profile name"
    )
    later(10)
    assert run()["Instances"]


def test_the_first_service_of_an_account_waits_for_the_linked_role(
    ecs: Any, client: Client, refused: Callable[..., str], later: Later
) -> None:
    ecs.create_cluster(clusterName="prod")
    define(ecs, "vpc", networkMode="awsvpc")
    asked = {"cluster": "prod", "serviceName": "web", "taskDefinition": "vpc", "desiredCount": 1}
    asked |= {"networkConfiguration": network(client, public=False), "launchType": "EC2"}
    assert "Unable to assume the service linked role" in refused(ecs.create_service, **asked)
    assert client("iam").get_role(RoleName="AWSServiceRoleForECS")
    later(10)
    assert ecs.create_service(**asked)["service"]["status"] == "ACTIVE"


def test_a_second_linked_role_is_refused(aws: None, client: Client, refused: Callable[..., str]) -> None:
    def make() -> Any:
        return client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")

    make()
    assert refused(make).startswith("InvalidInput: Service role name AWSServiceRoleForECS has been taken")


def test_a_cluster_is_busy_while_its_providers_are_attached(
    ecs: Any, client: Client, refused: Callable[..., str], later: Later
) -> None:
    scaling = client("autoscaling")
    image = client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    scaling.create_launch_configuration(LaunchConfigurationName="c", ImageId=image, InstanceType="t3.micro")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="g",
        LaunchConfigurationName="c",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["eu-west-1a"],
    )
    (group,) = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    ecs.create_cluster(clusterName="prod")
    later(10)
    ecs.create_capacity_provider(
        name="mine", autoScalingGroupProvider={"autoScalingGroupArn": group["AutoScalingGroupARN"]}
    )
    put = {"cluster": "prod", "capacityProviders": ["mine"], "defaultCapacityProviderStrategy": []}
    answer = ecs.put_cluster_capacity_providers(**put)
    assert answer["cluster"]["attachmentsStatus"] == "UPDATE_IN_PROGRESS"
    assert refused(ecs.put_cluster_capacity_providers, **put).startswith("UpdateInProgressException")
    assert refused(ecs.delete_cluster, cluster="prod").startswith("UpdateInProgressException")
    later(10)
    assert ecs.put_cluster_capacity_providers(**put)
    later(10)
    (cluster,) = ecs.describe_clusters(clusters=["prod"], include=["ATTACHMENTS"])["clusters"]
    assert cluster["attachmentsStatus"] == "UPDATE_COMPLETE"
    assert ecs.delete_cluster(cluster="prod")["cluster"]["status"] == "INACTIVE"


def test_a_deleted_service_drains_before_its_cluster_is_empty(
    ecs: Any, client: Client, refused: Callable[..., str], later: Later
) -> None:
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(
        family="vpc",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable"}],
    )
    later(10)
    ecs.create_service(
        cluster="prod",
        serviceName="web",
        taskDefinition="vpc",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=network(client),
    )

    def service() -> tuple[str, int]:
        (found,) = ecs.describe_services(cluster="prod", services=["web"])["services"]
        return found["status"], found["runningCount"]

    later(12)
    ecs.list_tasks(cluster="prod")
    assert service() == ("ACTIVE", 1)
    ecs.delete_service(cluster="prod", service="web", force=True)
    assert service() == ("DRAINING", 0)
    assert refused(ecs.delete_cluster, cluster="prod").startswith("ClusterContainsServicesException")
    later(8)
    ecs.tag_resource(
        resourceArn=ecs.describe_clusters(clusters=["prod"])["clusters"][0]["clusterArn"], tags=[]
    )
    assert service() == ("INACTIVE", 0)
    assert refused(ecs.delete_cluster, cluster="prod").startswith("ClusterContainsTasksException")
    later(12)
    assert ecs.delete_cluster(cluster="prod")["cluster"]["status"] == "INACTIVE"


def test_a_change_of_a_role_counts_late(aws: None, client: Client, later: Later) -> None:
    from labs.sandbox.access.roles import find_role

    iam = client("iam")
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    account = arn.split(":")[4]

    def trusts() -> bool:
        role = find_role(account, arn)
        return role is not None and role.trusts("ec2.amazonaws.com", "")

    assert trusts() is False
    later(6)
    assert trusts() is True
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=TRUST.replace("ec2.", "ecs-tasks."))
    assert trusts() is True
    later(6)
    assert trusts() is False
