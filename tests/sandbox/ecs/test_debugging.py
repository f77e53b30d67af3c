"""Debugging: the console, commands in containers and instances, ids of containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from agent_kit import ORDINARY, REGISTER, Client, allow, launch, profile
from ecs_kit import define, join, tasks


@pytest.fixture
def world(aws: None, client: Client) -> Client:
    """A cluster, and instance profiles that may register and may not."""
    client("ecs").create_cluster(clusterName="labs")
    profile(client, "good", allow(*REGISTER))
    profile(client, "bad")
    return client


def console(client: Client, instance: str) -> str:
    return str(client("ec2").get_console_output(InstanceId=instance).get("Output", ""))


def test_the_console_tells_that_the_agent_has_registered(world: Client) -> None:
    text = console(world, launch(world))
    assert "cloud-init" in text
    assert 'Registered container instance with cluster!" cluster="labs"' in text


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"role": "bad"}, "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/bad/i-"),
        ({"role": None}, "NoCredentialProviders: no valid providers in chain"),
        (
            {"user_data": "#!/bin/bash\necho ECS_CLUSTER=other >> /etc/ecs/ecs.config\n"},
            "ClientException: Cluster not found.",
        ),
        (
            {
                "user_data": "#!/bin/bash\necho ECS_CLUSTER=labs >> /etc/ecs/ecs.config\n"
                "systemctl restart ecs\n"
            },
            "A start job is running for Amazon Elastic Container Service",
        ),
    ],
    ids=["no right", "no profile", "no cluster", "a deadlock"],
)
def test_the_console_tells_why_it_has_not(world: Client, options: dict[str, Any], line: str) -> None:
    text = console(world, launch(world, **options))
    assert line in text
    assert "Registered container instance" not in text


def test_the_console_of_another_image_has_no_agent(world: Client) -> None:
    text = console(world, launch(world, image=ORDINARY))
    assert "cloud-init" in text
    assert "ecs" not in text.lower()


def test_stock_motos_console_is_of_a_xen_host(stock: None, client: Client) -> None:
    made = client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)["Instances"][0]
    assert "Xen" in console(client, made["InstanceId"]), "moto knows the fate: drop this extension"


def running(ecs: Any, **options: Any) -> str:
    ecs.create_cluster(clusterName="prod")
    join()
    define(ecs)
    ecs.run_task(cluster="prod", taskDefinition="web", **options)
    return str(tasks(ecs)[0]["taskArn"])


def test_execute_command_must_be_enabled(ecs: Any, refused: Callable[..., str]) -> None:
    task = running(ecs)
    refusal = refused(ecs.execute_command, cluster="prod", task=task, command="sh", interactive=True)
    assert refusal.startswith("InvalidParameterException: The execute command failed because")


def test_execute_command_has_no_container_to_run_in(ecs: Any, refused: Callable[..., str]) -> None:
    task = running(ecs, enableExecuteCommand=True)
    refusal = refused(ecs.execute_command, cluster="prod", task=task, command="sh", interactive=True)
    assert refusal.startswith("TargetNotConnectedException: The sandbox runs no containers")


def test_sessions_and_commands_find_no_agent_of_ssm(world: Client, refused: Callable[..., str]) -> None:
    instance, ssm = launch(world), world("ssm")
    assert refused(ssm.start_session, Target=instance).startswith("TargetNotConnected")
    send = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["id"]}}
    assert refused(ssm.send_command, InstanceIds=[instance], **send).startswith("InvalidInstanceId")
    command = ssm.send_command(Targets=[{"Key": "tag:a", "Values": ["b"]}], **send)["Command"]
    assert (command["Status"], command["StatusDetails"]) == ("Failed", "NoInstancesInTag")
    assert ssm.list_commands(CommandId=command["CommandId"])["Commands"][0]["Status"] == "Failed"


def test_stock_moto_says_that_commands_succeed(stock: None, client: Client) -> None:
    ssm = client("ssm")
    command = ssm.send_command(InstanceIds=["i-1"], DocumentName="AWS-RunShellScript")["Command"]
    assert command["Status"] == "Success"
    with pytest.raises(Exception, match="not been implemented"):
        ssm.start_session(Target="i-1")


def test_a_container_that_runs_has_a_digest_and_a_runtime_id(ecs: Any) -> None:
    running(ecs)
    [container] = tasks(ecs)[0]["containers"]
    assert container["imageDigest"].startswith("sha256:")
    assert len(container["runtimeId"]) == 64


def test_a_digest_in_the_image_is_the_containers(ecs: Any) -> None:
    ecs.create_cluster(clusterName="prod")
    join()
    digest = f"sha256:{'a' * 64}"
    define(ecs, container={"image": f"public.ecr.aws/nginx/nginx@{digest}"})
    ecs.run_task(cluster="prod", taskDefinition="web")
    assert tasks(ecs)[0]["containers"][0]["imageDigest"] == digest
