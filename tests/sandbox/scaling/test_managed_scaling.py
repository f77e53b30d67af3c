"""When a capacity provider grows its Auto Scaling group, by how much, and when it gives instances back."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clock_kit import clock_set_to

from labs.sandbox.scaling.managed_scaling import wanted_size
from labs.sandbox.world import settling
from tests.builders import document

pytestmark = pytest.mark.slow

Client = Callable[..., Any]
IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NETWORK = ["eu-west-1a", "eu-west-1b"]


class Yard:
    """A cluster whose default capacity provider is backed by a group of t3.small, and a task that fills half of one."""

    def __init__(self, client: Client) -> None:
        self.ecs, self.autoscaling, self.ec2 = client("ecs"), client("autoscaling"), client("ec2")
        self.iam = client("iam")
        self.now = START

    def build(self, *, most: int = 4, cluster: str = "labs", protected: bool = True, **scaling: Any) -> None:
        """Everything, with managed scaling as given beside its being ENABLED at 100."""
        self._role()
        boot = base64.b64encode(f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config".encode())
        template = {
            "ImageId": f"resolve:ssm:{IMAGE}",
            "InstanceType": "t3.small",
            "IamInstanceProfile": {"Name": "hosts"},
            "UserData": boot.decode(),
        }
        self.ec2.create_launch_template(LaunchTemplateName="hosts", LaunchTemplateData=template)
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="hosts",
            LaunchTemplate={"LaunchTemplateName": "hosts", "Version": "$Latest"},
            MinSize=0,
            MaxSize=most,
            DesiredCapacity=0,
            AvailabilityZones=NETWORK,
            NewInstancesProtectedFromScaleIn=protected,
        )
        self.ecs.create_capacity_provider(
            name="grows",
            autoScalingGroupProvider={
                "autoScalingGroupArn": self.group()["AutoScalingGroupARN"],
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100, **scaling},
                "managedTerminationProtection": "ENABLED" if protected else "DISABLED",
            },
        )
        self.ecs.create_cluster(
            clusterName="labs",
            capacityProviders=["grows"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "grows", "weight": 1}],
        )
        self.define("half", cpu=1024, memory=900)

    def _role(self) -> None:
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        rights = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}
        self.iam.create_role(RoleName="hosts", AssumeRolePolicyDocument=document(trust))
        self.iam.put_role_policy(RoleName="hosts", PolicyName="agent", PolicyDocument=document(rights))
        self.iam.create_instance_profile(InstanceProfileName="hosts")
        self.iam.add_role_to_instance_profile(InstanceProfileName="hosts", RoleName="hosts")

    def define(self, family: str, **container: Any) -> None:
        self.ecs.register_task_definition(
            family=family, containerDefinitions=[{"name": "app", "image": "nginx", **container}]
        )

    def run(self, count: int = 1, family: str = "half", **options: Any) -> list[str]:
        answer = self.ecs.run_task(cluster="labs", taskDefinition=family, count=count, **options)
        return [task["taskArn"] for task in answer["tasks"]]

    def group(self) -> dict[str, Any]:
        answer = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["hosts"])
        found: dict[str, Any] = answer["AutoScalingGroups"][0]
        return found

    @property
    def size(self) -> int:
        return len(self.group()["Instances"])

    def states(self, arns: list[str]) -> set[str]:
        tasks = self.ecs.describe_tasks(cluster="labs", tasks=arns)["tasks"]
        return {task["lastStatus"] for task in tasks}

    def wait(self, **passed: float) -> None:
        """Lets time pass, and the world with it."""
        self.now += timedelta(**passed)
        settling.settle_all()


@pytest.fixture
def yard(aws: None, client: Client) -> Iterator[Yard]:
    settling.forget()
    made = Yard(client)
    with clock_set_to(lambda: made.now):
        yield made


def test_nothing_runs_for_nothing(yard: Yard) -> None:
    yard.build()
    assert yard.size == 0


def test_a_task_that_finds_no_instance_waits_for_one_and_runs_on_it(yard: Yard) -> None:
    yard.build()
    arns = yard.run()
    assert yard.size == 1
    assert yard.states(arns) == {"RUNNING"}


@pytest.mark.parametrize(("halves", "instances"), [(1, 1), (2, 1), (3, 2), (7, 4)])
def test_the_group_gets_the_instances_that_its_tasks_fill(yard: Yard, halves: int, instances: int) -> None:
    yard.build(most=10)
    arns = yard.run(halves)
    assert yard.size == instances
    assert yard.states(arns) == {"RUNNING"}


@pytest.mark.parametrize(("tasks", "target", "instances"), [(1, 80, 2), (4, 80, 5), (5, 80, 7), (2, 50, 4)])
def test_the_group_gets_the_room_that_the_target_leaves(
    yard: Yard, tasks: int, target: int, instances: int
) -> None:
    yard.build(most=10, targetCapacity=target)
    yard.define("whole", cpu=2048, memory=900)
    arns = yard.run(tasks, "whole")
    assert yard.size == instances
    assert yard.states(arns) == {"RUNNING"}


def test_it_grows_as_far_as_its_maximum_and_the_rest_waits(yard: Yard) -> None:
    yard.build(most=2)
    arns = yard.run(6)
    assert yard.size == 2
    assert yard.states(arns) == {"RUNNING", "PROVISIONING"}


def test_a_raised_maximum_lets_in_what_waits(yard: Yard) -> None:
    yard.build(most=1)
    arns = yard.run(4)
    yard.autoscaling.update_auto_scaling_group(AutoScalingGroupName="hosts", MaxSize=3)
    assert yard.size == 2
    assert yard.states(arns) == {"RUNNING"}


def test_a_service_gets_its_instances_too(yard: Yard) -> None:
    yard.build()
    yard.ecs.create_service(cluster="labs", serviceName="web", taskDefinition="half", desiredCount=5)
    assert yard.size == 3
    assert yard.ecs.describe_services(cluster="labs", services=["web"])["services"][0]["runningCount"] == 5


def test_tasks_that_must_be_apart_get_an_instance_each(yard: Yard) -> None:
    yard.build()
    arns = yard.run(3, placementConstraints=[{"type": "distinctInstance"}])
    assert yard.size == 3
    assert yard.states(arns) == {"RUNNING"}


def test_tasks_that_want_the_same_port_get_an_instance_each(yard: Yard) -> None:
    yard.build()
    yard.define("port", memory=64, portMappings=[{"containerPort": 80, "hostPort": 80}])
    yard.run(2, "port")
    assert yard.size == 2


def test_steps_are_at_least_as_large_as_was_asked_for(yard: Yard) -> None:
    yard.build(minimumScalingStepSize=3)
    yard.run()
    assert yard.size == 3


def test_small_steps_arrive_as_well(yard: Yard) -> None:
    yard.build(maximumScalingStepSize=1)
    yard.run(6)
    assert yard.size == 3


def test_a_task_that_no_instance_of_the_group_can_hold_starts_none(yard: Yard) -> None:
    yard.build()
    yard.define("large", memory=64_000)
    arns = yard.run(1, "large")
    assert yard.size == 0
    assert yard.states(arns) == {"PROVISIONING"}


def test_instances_that_join_elsewhere_are_not_started_without_end(yard: Yard) -> None:
    yard.build(cluster="other")
    arns = yard.run()
    assert yard.size == 1
    assert yard.states(arns) == {"PROVISIONING"}


def test_without_managed_scaling_the_group_stays_as_it_is(yard: Yard) -> None:
    yard.build(protected=False, status="DISABLED")
    yard.ecs.create_service(cluster="labs", serviceName="web", taskDefinition="half", desiredCount=1)
    assert yard.size == 0


def test_a_provider_that_no_cluster_uses_scales_nothing(yard: Yard) -> None:
    yard.build(targetCapacity=50)
    yard.ecs.stop_task(cluster="labs", task=yard.run()[0])
    assert yard.size == 2
    yard.ecs.put_cluster_capacity_providers(
        cluster="labs", capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    yard.wait(minutes=20)
    yard.wait(minutes=20)
    assert yard.size == 2


def test_a_group_that_cannot_launch_hurts_no_call_and_recovers(yard: Yard) -> None:
    yard.build()
    broken = {"ImageId": "ami-0123456789abcdef0"}
    yard.ec2.create_launch_template_version(
        LaunchTemplateName="hosts", SourceVersion="1", LaunchTemplateData=broken
    )
    arns = yard.run()
    assert (yard.size, yard.states(arns)) == (0, {"PROVISIONING"})
    yard.ec2.create_launch_template_version(
        LaunchTemplateName="hosts", SourceVersion="1", LaunchTemplateData={"EbsOptimized": True}
    )
    assert (yard.size, yard.states(arns)) == (1, {"RUNNING"})


def test_only_an_idle_instance_goes_after_a_quarter_of_an_hour(yard: Yard) -> None:
    yard.build()
    arns = yard.run(3)
    first = yard.ecs.describe_tasks(cluster="labs", tasks=arns)["tasks"]
    alone = min(arns, key=lambda arn: _neighbours(first, arn))
    others = [arn for arn in arns if arn != alone]
    assert yard.size == 2
    yard.ecs.stop_task(cluster="labs", task=alone)
    yard.wait(minutes=14)
    assert yard.size == 2
    yard.wait(minutes=2)
    assert yard.size == 1
    assert yard.states(others) == {"RUNNING"}
    assert len(yard.ecs.list_container_instances(cluster="labs")["containerInstanceArns"]) == 1


def _neighbours(tasks: list[dict[str, Any]], arn: str) -> int:
    hosts = {task["taskArn"]: task["containerInstanceArn"] for task in tasks}
    return list(hosts.values()).count(hosts[arn])


def test_work_that_comes_in_time_keeps_the_instance(yard: Yard) -> None:
    yard.build()
    yard.ecs.stop_task(cluster="labs", task=yard.run()[0])
    yard.wait(minutes=10)
    yard.run()
    yard.wait(minutes=10)
    assert yard.size == 1


def test_busy_instances_are_protected_even_when_they_are_too_many(yard: Yard) -> None:
    yard.build(targetCapacity=100)
    arns = yard.run(2, placementConstraints=[{"type": "distinctInstance"}])
    assert yard.size == 2
    yard.autoscaling.update_auto_scaling_group(AutoScalingGroupName="hosts", MaxSize=2, DesiredCapacity=2)
    yard.wait(minutes=20)
    yard.wait(minutes=20)
    assert (yard.size, yard.states(arns)) == (2, {"RUNNING"})


def test_the_group_keeps_its_minimum(yard: Yard) -> None:
    yard.build()
    yard.autoscaling.update_auto_scaling_group(AutoScalingGroupName="hosts", MinSize=1, DesiredCapacity=3)
    yard.wait(minutes=1)
    yard.wait(minutes=16)
    assert yard.size == 1


@pytest.mark.parametrize("needed", range(30))
@pytest.mark.parametrize("target", [1, 33, 50, 80, 99, 100])
def test_the_size_is_the_least_that_does_not_exceed_the_target(needed: int, target: int) -> None:
    size = wanted_size(needed, target)
    assert needed * 100 <= size * target
    assert size == 0 or needed * 100 > (size - 1) * target


def test_stock_moto_starts_no_instance_for_a_service(stock: None, client: Client) -> None:
    """When this fails, moto scales for capacity providers itself: drop the extension."""
    ecs, autoscaling = client("ecs"), client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="hosts", ImageId="ami-0123456789abcdef0", InstanceType="t3.small"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="hosts",
        LaunchConfigurationName="hosts",
        MinSize=0,
        MaxSize=2,
        AvailabilityZones=NETWORK,
    )
    groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    ecs.create_capacity_provider(
        name="grows",
        autoScalingGroupProvider={
            "autoScalingGroupArn": groups[0]["AutoScalingGroupARN"],
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
        },
    )
    ecs.create_cluster(clusterName="labs", capacityProviders=["grows"])
    ecs.register_task_definition(
        family="half", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}]
    )
    ecs.create_service(
        cluster="labs",
        serviceName="web",
        taskDefinition="half",
        desiredCount=1,
        capacityProviderStrategy=[{"capacityProvider": "grows", "weight": 1}],
    )
    assert autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"] == []
