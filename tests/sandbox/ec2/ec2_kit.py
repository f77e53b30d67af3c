"""Instances, profiles and launch templates for tests of EC2."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


USER_DATA = "#!/bin/bash\necho ECS_CLUSTER=labs >> /etc/ecs/ecs.config\n"


AMI = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


def profiles(client: Client) -> None:
    iam = client("iam")
    for name in ("one", "two"):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)


def launch(ec2: Any, number: int = 1, **options: Any) -> list[dict[str, Any]]:
    settings = {"ImageId": AMI, "InstanceType": "t3.small", **options}
    answer = ec2.run_instances(MinCount=1, MaxCount=number, **settings)
    ids = [instance["InstanceId"] for instance in answer["Instances"]]
    return described(ec2, InstanceIds=ids)


def described(ec2: Any, **query: Any) -> list[dict[str, Any]]:
    reservations = ec2.describe_instances(**query)["Reservations"]
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def user_data(ec2: Any, instance: dict[str, Any]) -> str:
    answer = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
    return base64.b64decode(answer["UserData"]["Value"]).decode()
