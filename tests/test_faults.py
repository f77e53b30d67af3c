"""Whatever goes wrong between a check and AWS, no verdict turns; one-time faults are retried away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed
from labs.verdict import State, Verdict
from labs.verify.runner import verify
from tests.aws import Fault, SessionFactory, aws_sessions, injected
from tests.builders import Builder, job, moto_aws
from tests.faults import DENIALS, FAULTS, assert_no_false_verdict

Read = Callable[[Account], list[str]]

READS: dict[str, Read] = {
    "ecs:ListClusters": lambda here: here.ecs.list_clusters()["clusterArns"],
    "ecr:DescribeRepositories": lambda here: _names(
        here.ecr.describe_repositories()["repositories"], "repositoryName"
    ),
    "iam:ListRoles": lambda here: _names(here.iam.list_roles()["Roles"], "RoleName"),
    "ec2:DescribeVpcs": lambda here: _names(here.ec2.describe_vpcs()["Vpcs"], "VpcId"),
    "elbv2:DescribeTargetGroups": lambda here: _names(
        here.elbv2.describe_target_groups()["TargetGroups"], "TargetGroupName"
    ),
    "autoscaling:DescribeAutoScalingGroups": lambda here: _names(
        here.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"], "AutoScalingGroupName"
    ),
    "application-autoscaling:DescribeScalableTargets": lambda here: _names(
        here.application_autoscaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"],
        "ResourceId",
    ),
    "cloudwatch:DescribeAlarms": lambda here: _names(
        here.cloudwatch.describe_alarms()["MetricAlarms"], "AlarmName"
    ),
    "logs:DescribeLogGroups": lambda here: _names(
        here.logs.describe_log_groups()["logGroups"], "logGroupName"
    ),
    "efs:DescribeFileSystems": lambda here: _names(
        here.efs.describe_file_systems()["FileSystems"], "FileSystemId"
    ),
    "s3:ListBuckets": lambda here: _names(here.client("s3").list_buckets()["Buckets"], "Name"),
}
"""A read of each service that labs look into, and of each protocol that AWS speaks."""


def _names(things: Any, key: str) -> list[str]:
    return [thing[key] for thing in things]


def _some(read: Read) -> Callable[[Account, Names], Outcome]:
    def check(account: Account, names: Names) -> Outcome:
        found = read(account)
        if found:
            return Passed(f"{len(found)} there")
        return Failed("nothing", "something", "Is there any?")

    return check


EVERY_SERVICE = job(
    *(Objective(name.replace(":", "-").lower(), _some(read)) for name, read in READS.items()),
    reads=tuple(READS),
)


def _fill(world: Builder) -> None:
    """Something of each kind."""
    world.cluster("c")
    world.client("ecr").create_repository(repositoryName="repo")
    world.instance_role()
    vpc = world.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    world.client("elbv2").create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=vpc)
    world.client("autoscaling").create_launch_configuration(
        LaunchConfigurationName="l", ImageId="ami-12345678", InstanceType="t3.micro"
    )
    world.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="g",
        LaunchConfigurationName="l",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["eu-west-1a"],
    )
    world.definition("f")
    world.service("c", "s", "f", desired=0)
    world.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/c/s",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="a",
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
    )
    world.client("logs").create_log_group(logGroupName="g")
    world.client("efs").create_file_system(CreationToken="f")
    world.client("s3").create_bucket(
        Bucket="b12345", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


@pytest.fixture(scope="module", params=["empty", "full"])
def sessions(request: pytest.FixtureRequest) -> Iterator[SessionFactory]:
    """Looks into an AWS with nothing in it, and into one with something of each kind; checks only read it."""
    with moto_aws(), aws_sessions() as found:
        if request.param == "full":
            _fill(Builder())
        yield found


@pytest.fixture(scope="module")
def right(sessions: SessionFactory) -> Verdict:
    """The verdict without a fault."""
    verdict = verify([EVERY_SERVICE], sessions.open())
    assert not {each.state for each in verdict.labs[0].findings} & {State.INCONCLUSIVE, State.BLOCKED}
    return verdict


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_no_service_s_fault_turns_a_verdict(fault: Fault, sessions: SessionFactory, right: Verdict) -> None:
    """A fault on each call of each service leaves every objective as it was, or inconclusive with its reason."""
    with injected(fault):
        under = verify([EVERY_SERVICE], sessions.open(fault))
    assert_no_false_verdict(right, under, fault)
    if fault.everywhere and not fault.passes_over:
        unsure = {each.id for each in under.labs[0].findings if each.state is State.INCONCLUSIVE}
        assert unsure == {each.id for each in right.labs[0].findings}
        assert under.exit_code == 3
    if fault.id in DENIALS:
        _assert_actions_named(under)


def _assert_actions_named(under: Verdict) -> None:
    from labs.aws.policy import action

    named = [each.action for each in under.labs[0].findings]
    assert named == [action(read) for read in READS]
    assert all(str(each.action) in each.message for each in under.labs[0].findings)
