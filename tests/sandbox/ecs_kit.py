"""Builders of the worlds of the tests of the embedded ECS."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.builders import shared_session

ACCOUNT, REGION = "123456789012", "eu-west-1"
ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
CONTAINER = {"name": "web", "image": "nginx", "memory": 128, "portMappings": [{"containerPort": 80}]}
FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}


def state() -> Any:
    """ECS of the account under test, as its engine sees it."""
    from labs.sandbox.ecs.model.regions import of

    return of(ACCOUNT, REGION)


def join(
    count: int = 1,
    *,
    cluster: str = "prod",
    cpu: int = 2048,
    memory: int = 4096,
    kind: str = "t3.medium",
    first: int = 0,
) -> list[str]:
    """Registers instances, spread over three zones, and returns their ARNs."""
    from labs.sandbox.ecs.api.instances import register
    from labs.sandbox.ecs.rules.requirements import TASK_ROLE

    return [
        register(
            state(),
            cluster=cluster,
            instance_id=f"i-{number:017x}",
            cpu=cpu,
            memory=memory,
            zone=ZONES[number % 3],
            instance_type=kind,
            ami="ami-0123456789abcdef0",
            attributes={TASK_ROLE: None},
        )
        for number in range(first, first + count)
    ]


def define(ecs: Any, family: str = "web", *, container: dict[str, Any] | None = None, **more: Any) -> str:
    """Registers a task definition with one container and returns its ARN."""
    containers = more.pop("containerDefinitions", [{**CONTAINER, **(container or {})}])
    answer = ecs.register_task_definition(family=family, containerDefinitions=containers, **more)
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def service(ecs: Any, name: str = "web", cluster: str = "prod") -> dict[str, Any]:
    """DescribeServices' answer about a service."""
    found: dict[str, Any] = ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])[
        "services"
    ][0]
    return found


def events(ecs: Any, name: str = "web") -> list[str]:
    """The service's events, the newest first, ids and all."""
    return [event["message"] for event in service(ecs, name)["events"]]


def tasks(ecs: Any, cluster: str = "prod", **which: Any) -> list[dict[str, Any]]:
    """The documents of the tasks that ListTasks finds."""
    arns = ecs.list_tasks(cluster=cluster, **which)["taskArns"]
    return list(ecs.describe_tasks(cluster=cluster, tasks=arns, include=["TAGS"])["tasks"]) if arns else []


def network(client: Any, *, public: bool = True) -> dict[str, Any]:
    """An awsvpc configuration with a subnet of the default VPC in each of three zones, and a security group.

    Tasks on Fargate need the public address to fetch their image; tasks on instances cannot have one.
    """
    ec2 = client("ec2")
    subnets = {each["AvailabilityZone"]: each for each in ec2.describe_subnets()["Subnets"]}
    chosen = [subnets[zone] for zone in ZONES]
    group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=chosen[0]["VpcId"])
    return {
        "awsvpcConfiguration": {
            "subnets": [each["SubnetId"] for each in chosen],
            "securityGroups": [group["GroupId"]],
            "assignPublicIp": "ENABLED" if public else "DISABLED",
        }
    }


def target_group(client: Any, kind: str = "instance", *, listened: bool = True, name: str = "web") -> str:
    """A target group, behind a load balancer's listener unless told otherwise."""
    ec2, elb = client("ec2"), client("elbv2")
    subnets = ec2.describe_subnets()["Subnets"]
    group = elb.create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType=kind
    )["TargetGroups"][0]["TargetGroupArn"]
    if listened:
        balancer = elb.create_load_balancer(
            Name=f"lb-{name}", Subnets=[each["SubnetId"] for each in subnets[:2]]
        )
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
    return str(group)


def image(client: Any) -> str:
    """An image that is not ECS-optimized: its instances register only where a test does it for them."""
    return str(
        client("ec2").register_image(Name="plain", Architecture="x86_64", RootDeviceName="/dev/xvda")[
            "ImageId"
        ]
    )


def scaling_group(client: Any, name: str = "fleet", *, protected: bool = True, size: int = 0) -> str:
    """An Auto Scaling group; its ARN."""
    autoscaling = client("autoscaling")
    client("ec2").create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData={"ImageId": image(client), "InstanceType": "t3.micro"}
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
        MinSize=0,
        MaxSize=4,
        DesiredCapacity=size,
        AvailabilityZones=[ZONES[0]],
        NewInstancesProtectedFromScaleIn=protected,
    )
    group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    return str(group["AutoScalingGroupARN"])


@cache
def conforming_client() -> Any:
    """A client of ECS that checks that each answer has no key and no type that botocore's model does not know."""
    client = shared_session().client("ecs")

    def check(operation_model: Any, response_dict: Any, **_: Any) -> None:
        if response_dict["status_code"] < 300:
            problems = list(shape_faults(operation_model.output_shape, json.loads(response_dict["body"]), ""))
            assert not problems, f"{operation_model.name}: {problems}"

    client.meta.events.register("before-parse.ecs", check)
    return client


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (float, int),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def shape_faults(shape: Any, value: Any, path: str) -> Any:
    """Where a document differs from its shape."""
    kind = shape.type_name
    if not isinstance(value, _TYPES[kind]) or (kind in ("integer", "long") and isinstance(value, bool)):
        yield f"{path} is {type(value).__name__}, not {kind}"
    elif kind == "structure":
        for name, member in value.items():
            if name not in shape.members:
                yield f"{path}.{name} is unknown"
            else:
                yield from shape_faults(shape.members[name], member, f"{path}.{name}")
    elif kind == "list":
        for number, member in enumerate(value):
            yield from shape_faults(shape.member, member, f"{path}[{number}]")
    elif kind == "map":
        for name, member in value.items():
            yield from shape_faults(shape.value, member, f"{path}.{name}")
    elif kind == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is {value!r}, not one of {shape.enum}"


def infrastructure_role(client: Any) -> str:
    """A role by which ECS may manage the volumes of tasks."""
    iam = client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="ebs", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
    iam.put_role_policy(RoleName="ebs", PolicyName="volumes", PolicyDocument=policy)
    return str(role)
