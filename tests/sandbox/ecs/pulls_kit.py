"""Tasks whose images come from the account's own registry, and the roles that pull them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import document

Client = Callable[..., Any]
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
IMAGE = f"{REGISTRY}/labs/app:v1"
ARN = "arn:aws:ecr:eu-west-1:123456789012:repository/labs/app"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
TASKS, EC2 = "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
TOKEN = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
LAYERS = {"Effect": "Allow", "Action": PULL, "Resource": ARN}
AMI = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def role(client: Client, name: str, service: str, *statements: Any) -> str:
    """A role that trusts a service for what it does in this account and region, as AWS recommends; its ARN."""
    iam = client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:*:eu-west-1:123456789012:*"}},
    }
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(arn)


def push_index(client: Client, *platforms: tuple[str, str]) -> None:
    """An index labs/app:index of images for these operating systems and processors; all are the same one here."""
    [image] = client("ecr").describe_images(repositoryName="labs/app", imageIds=[{"imageTag": "v1"}])[
        "imageDetails"
    ]
    manifests = [
        {"digest": image["imageDigest"], "platform": {"os": system, "architecture": processor}}
        for system, processor in platforms
    ]
    index = {"mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
    client("ecr").put_image(
        repositoryName="labs/app", imageTag="index", imageManifest=json.dumps({"schemaVersion": 2, **index})
    )


def on_fargate(
    client: Client, image: str = IMAGE, *statements: Any, service: str = TASKS, **options: Any
) -> Any:
    """One task on Fargate, with an execution role that may do what the statements say."""
    arn = role(client, "execution", service, *statements)
    log = options.pop("log", None)
    container = {"name": "main", "image": image, **({"logConfiguration": log} if log else {})}
    subnet = client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    client("ecs").register_task_definition(
        family="app",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[container],
        **{"executionRoleArn": arn, **options},
    )
    network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}
    return run(client, launchType="FARGATE", networkConfiguration=network)


def on_instance(client: Client, image: str = IMAGE, *statements: Any, **options: Any) -> Any:
    """One task on an instance whose role may do what the statements say."""
    iam, ec2 = client("iam"), client("ec2")
    role(client, "instance", EC2, *statements)
    iam.create_instance_profile(InstanceProfileName="instance")
    iam.add_role_to_instance_profile(InstanceProfileName="instance", RoleName="instance")
    [host] = ec2.run_instances(
        ImageId=AMI, InstanceType="t3.small", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "instance"}
    )["Instances"]
    join(host["InstanceId"])
    container = {"name": "app", "image": image, "memory": 128}
    client("ecs").register_task_definition(family="app", containerDefinitions=[container], **options)
    return run(client)


def join(host: str) -> None:
    """Registers an instance as its agent would."""
    from labs.sandbox.ecs.api.instances import register
    from labs.sandbox.ecs.model.regions import of

    register(
        of("123456789012", "eu-west-1"),
        cluster="labs",
        instance_id=host,
        cpu=2048,
        memory=1900,
        zone="eu-west-1a",
        instance_type="t3.small",
        ami="ami-1",
        attributes={},
    )


def run(client: Client, **options: Any) -> Any:
    ecs = client("ecs")
    [task] = ecs.run_task(cluster="labs", taskDefinition="app", **options)["tasks"]
    [task] = ecs.describe_tasks(cluster="labs", tasks=[task["taskArn"]])["tasks"]
    return task


def assert_runs(task: Any) -> None:
    assert task["lastStatus"] == "RUNNING", task.get("stoppedReason")


def assert_failed(task: Any, *words: str) -> None:
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert task["containers"][0]["reason"] == task["stoppedReason"]
    for word in words:
        assert word in task["stoppedReason"]


LAUNCHES = pytest.mark.parametrize("launch", [on_fargate, on_instance], ids=["Fargate", "EC2"])
