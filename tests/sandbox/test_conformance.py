"""The sandbox's answers to the operations that labs read, beside botocore's model and its example answers.

The probes of the fidelity map make the world, and read it by each of these operations; `furnish` adds what botocore's
examples show and no probe makes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from ecs_kit import shape_faults

from labs.packs.aws_ecs import checks
from tests.builders import embedded_aws

pytestmark = pytest.mark.slow

Paths = dict[str, set[str]]
"""The keys of answers, with the kinds of their values: `services[].events` is a list."""

JSON = ("ecs", "ecr", "logs", "application-autoscaling", "efs")
"""Services whose answers are JSON, in which unknown keys can be seen."""


ABSENT = {
    "application-autoscaling:DescribeScalingPolicies": {"NextToken": "there is one page"},
    "autoscaling:DescribeAutoScalingGroups": {
        "AutoScalingGroups[].TrafficSources": "moto has none, and no lab reads them"
    },
    "ec2:DescribeImages": {
        "Images[].ImageLocation": "moto has none, and no lab reads it",
        "Images[].KernelId": "of a paravirtual image, which AWS no longer has",
    },
    "ec2:DescribeInstanceAttribute": dict.fromkeys(
        (
            "BlockDeviceMappings",
            "BlockDeviceMappings[]",
            "BlockDeviceMappings[].DeviceName",
            "BlockDeviceMappings[].Ebs",
            *(
                f"BlockDeviceMappings[].Ebs.{name}"
                for name in ("AttachTime", "DeleteOnTermination", "Status", "VolumeId")
            ),
        ),
        "moto tells the disks by DescribeInstances only, and no lab reads them here",
    ),
    "elbv2:DescribeTargetHealth": {
        "TargetHealthDescriptions[].TargetHealth.Reason": "of a target that is not healthy",
        "TargetHealthDescriptions[].TargetHealth.Description": "of a target that is not healthy",
    },
    "iam:GetRole": {
        "Role.RoleLastUsed.LastUsedDate": "of a role that was used",
        "Role.RoleLastUsed.Region": "of a role that was used",
    },
}
"""Members that an example shows and no answer of the sandbox's has, and why that does no harm."""


def reads() -> list[str]:
    modules = (
        import_module(f"labs.packs.aws_ecs.checks.{each.name}") for each in iter_modules(checks.__path__)
    )
    return sorted({read for module in modules if hasattr(module, "OBJECTIVES") for read in module.READS})


class Answers:
    """Everything that was answered: what keys there were, and what the model does not know."""

    def __init__(self) -> None:
        self.paths: dict[str, Paths] = {}
        self.problems: dict[str, set[str]] = {}

    def check(self, operation_model: Any, response_dict: Any, **_: Any) -> None:
        name = f"{operation_model.service_model.service_name}:{operation_model.name}"
        if response_dict["status_code"] < 300 and name.startswith(JSON) and response_dict["body"]:
            found = shape_faults(
                operation_model.output_shape, without_nulls(json.loads(response_dict["body"])), ""
            )
            self.problems.setdefault(name, set()).update(found)

    def note(self, model: Any, parsed: Any, http_response: Any, **_: Any) -> None:
        if http_response.status_code < 300:
            name = f"{model.service_model.service_name}:{model.name}"
            add(self.paths.setdefault(name, {}), parsed, "")


def add(paths: Paths, value: Any, path: str) -> None:
    """Collects the keys of a document; all elements of a list count as one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "ResponseMetadata":
                add(paths, inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            add(paths, inner, f"{path}[]")
    if path:
        paths.setdefault(path, set()).add(kind(value))


def without_nulls(value: Any) -> Any:
    """Every client of AWS's takes a null for a member that is not there, and moto writes some."""
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def kind(value: Any) -> str:
    """Examples write times and truth values as text: what matters is the shape, the model has the rest."""
    return "structure" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"


@pytest.fixture(scope="module")
def answers() -> Answers:
    import boto3

    from labs.sandbox.fidelity.map import PROBES, run

    seen, made = Answers(), {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = boto3.client(service)
            made[service].meta.events.register("before-parse", seen.check)
            made[service].meta.events.register("after-call", seen.note)
        return made[service]

    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        patch.delenv("MOTO_EC2_LOAD_DEFAULT_AMIS", raising=False)
        with embedded_aws():
            list(run(client, PROBES))
            furnish(client)
    return seen


def furnish(client: Callable[[str], Any]) -> None:
    ecs, ec2, efs, elb = client("ecs"), client("ec2"), client("efs"), client("elbv2")
    container = {"name": "web", "image": "nginx", "memory": 64, "links": ["other"]}
    container |= {
        "portMappings": [{"containerPort": 80, "hostPort": 0}],
        "environment": [{"name": "A", "value": "b"}],
    }
    other = {"name": "other", "image": "nginx", "memory": 64}
    ecs.register_task_definition(family="linked", containerDefinitions=[container, other])
    ecs.describe_task_definition(taskDefinition="linked")
    efs.create_file_system(CreationToken="t", Tags=[{"Key": "Name", "Value": "shared"}])
    efs.describe_file_systems()
    [instance, *_] = ec2.describe_instances()["Reservations"][0]["Instances"]
    for attribute in ("instanceType", "disableApiTermination"):
        ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute=attribute)
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": True, "DeleteOnTermination": True}
    interface |= {"Groups": [instance["SecurityGroups"][0]["GroupId"]], "SubnetId": instance["SubnetId"]}
    data = {"KeyName": "k", "NetworkInterfaces": [interface], "UserData": "IyEvYmluL3NoCg=="}
    ec2.create_launch_template(LaunchTemplateName="whole", LaunchTemplateData=data)
    ec2.describe_launch_template_versions(LaunchTemplateName="whole")
    listener = elb.describe_listeners(
        LoadBalancerArn=elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    )["Listeners"][0]
    path = [{"Field": "path-pattern", "Values": ["/img/*"]}]
    elb.create_rule(
        ListenerArn=listener["ListenerArn"], Priority=5, Conditions=path, Actions=listener["DefaultActions"]
    )
    elb.describe_rules(ListenerArn=listener["ListenerArn"])
    furnish_groups(client, instance)


def furnish_groups(client: Callable[[str], Any], instance: dict[str, Any]) -> None:
    autoscaling, scaling = client("autoscaling"), client("application-autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="old",
        ImageId=instance["ImageId"],
        InstanceType="t3.small",
        SecurityGroups=[instance["SecurityGroups"][0]["GroupId"]],
        AssociatePublicIpAddress=True,
    )
    autoscaling.describe_launch_configurations()
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="old",
        LaunchConfigurationName="old",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=instance["SubnetId"],
    )
    autoscaling.describe_auto_scaling_groups()
    [target, *_] = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    where = {name: target[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    steps = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 60,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
    }
    scaling.put_scaling_policy(
        PolicyName="p", **where, PolicyType="StepScaling", StepScalingPolicyConfiguration=steps
    )
    scaling.describe_scaling_policies(ServiceNamespace="ecs")


@pytest.mark.parametrize("read", reads())
def test_an_answer_has_no_key_and_no_type_that_the_model_does_not_know(answers: Answers, read: str) -> None:
    assert read in answers.paths, "no probe reads it"
    assert answers.problems.get(read, set()) == set()


def examples() -> Iterator[tuple[str, int, Any]]:
    from botocore.exceptions import DataNotFoundError
    from botocore.loaders import create_loader

    loader = create_loader()
    for read in reads():
        service, _, operation = read.partition(":")
        try:
            known = loader.load_service_model(service, "examples-1")["examples"]
        except DataNotFoundError:
            continue
        for number, example in enumerate(known.get(operation, ())):
            if example.get("output"):
                yield read, number, example["output"]


@pytest.mark.parametrize(
    ("read", "output"),
    [(read, output) for read, _, output in examples()],
    ids=[f"{read}-{number}" for read, number, _ in examples()],
)
def test_an_answer_has_the_keys_of_botocores_example(answers: Answers, read: str, output: Any) -> None:
    wanted: Paths = {}
    add(wanted, output, "")
    found, without = answers.paths[read], ABSENT.get(read, {})
    assert sorted(path for path in wanted if path not in found and path not in without) == []
    other = [path for path, kinds in wanted.items() if path in found and not kinds & found[path]]
    assert [path for path in other if not path.endswith("PolicyDocument")] == [], "botocore parses policies"
