"""Instances whose agents register, and what they registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.builders import document

Client = Callable[..., Any]


OPTIMIZED = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


ORDINARY = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


JOIN = "#!/bin/bash\necho ECS_CLUSTER=labs >> /etc/ecs/ecs.config\n"


INSTALL = JOIN + "dnf install -y ecs-init\nsystemctl enable --now --no-block ecs.service\n"


CAPABILITY = "com.amazonaws.ecs.capability.task-iam-role"


REGISTER = ["ecs:RegisterContainerInstance", "ecs:DiscoverPollEndpoint", "ecs:Poll"]


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def trust(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def launch(
    client: Client,
    user_data: str = JOIN,
    *,
    image: str = OPTIMIZED,
    role: str | None = "good",
    **options: Any,
) -> str:
    """Launches an instance and gives its id."""
    answer = client("ec2").run_instances(
        **{
            "ImageId": f"resolve:ssm:{image}",
            "InstanceType": "t3.small",
            "MinCount": 1,
            "MaxCount": 1,
            "UserData": user_data,
            **({"IamInstanceProfile": {"Name": role}} if role else {}),
            **options,
        }
    )
    return str(answer["Instances"][0]["InstanceId"])


def registered(client: Client, cluster: str = "labs", **options: Any) -> list[dict[str, Any]]:
    ecs = client("ecs")
    arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    if not arns:
        return []
    found: list[dict[str, Any]] = ecs.describe_container_instances(
        cluster=cluster, containerInstances=arns, **options
    )["containerInstances"]
    return found


def ids(client: Client, cluster: str = "labs") -> list[str]:
    return [one["ec2InstanceId"] for one in registered(client, cluster)]


def attributes(instance: dict[str, Any]) -> dict[str, str | None]:
    return {one["name"]: one.get("value") for one in instance["attributes"]}


def profile(client: Client, name: str, *statements: Any, service: str = "ec2.amazonaws.com") -> None:
    iam = client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
