"""Tasks of the embedded ECS whose images, roles or logs are not there."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from pulls_kit import (
    ARN,
    IMAGE,
    LAUNCHES,
    LAYERS,
    LOGS,
    PULL,
    REGISTRY,
    TASKS,
    TOKEN,
    Client,
    assert_failed,
    assert_runs,
    on_fargate,
    on_instance,
    push_index,
    role,
    run,
)

from labs.sandbox.ecs.launch.pulls import ImageReference
from tests.builders import document

pytestmark = pytest.mark.slow


@LAUNCHES
@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:1.27",
        "public.ecr.aws/nginx/nginx:latest",
        "210987654321.dkr.ecr.eu-west-1.amazonaws.com/x:1",
    ],
)
def test_images_of_other_registries_need_no_permission(world: Client, launch: Any, image: str) -> None:
    assert_runs(launch(world, image))


@LAUNCHES
@pytest.mark.parametrize("suffix", [":v1", "@digest"])
def test_a_role_that_may_pull_runs_the_image(world: Client, launch: Any, suffix: str) -> None:
    [image] = world("ecr").describe_images(repositoryName="labs/app")["imageDetails"]
    suffix = suffix.replace("@digest", "@" + image["imageDigest"])
    assert_runs(launch(world, f"{REGISTRY}/labs/app{suffix}", TOKEN, LAYERS))


@LAUNCHES
@pytest.mark.parametrize(
    ("statements", "action"),
    [
        ((), "ecr:GetAuthorizationToken"),
        ((LAYERS,), "ecr:GetAuthorizationToken"),
        (({**TOKEN, "Resource": ARN}, LAYERS), "ecr:GetAuthorizationToken"),
        ((TOKEN,), "ecr:BatchGetImage"),
        ((TOKEN, {**LAYERS, "Resource": ARN + "-other"}), "ecr:BatchGetImage"),
        (
            (TOKEN, LAYERS, {"Effect": "Deny", "Action": "ecr:BatchGet*", "Resource": "*"}),
            "ecr:BatchGetImage",
        ),
        ((TOKEN, {**LAYERS, "Action": "ecr:BatchGetImage"}), "ecr:GetDownloadUrlForLayer"),
    ],
    ids=[
        "nothing",
        "no token",
        "token on the repository",
        "token only",
        "another repository",
        "denied",
        "no layers",
    ],
)
def test_a_role_that_may_not_pull_stops_the_task(
    world: Client, launch: Any, statements: tuple[Any, ...], action: str
) -> None:
    task = launch(world, IMAGE, *statements)
    assert_failed(task, "CannotPullContainerError: The task can't pull the image. Check that the role has")
    if launch is on_instance or action == "ecr:GetAuthorizationToken":
        assert f"is not authorized to perform: {action} on resource" in task["stoppedReason"]
    else:
        assert "403 Forbidden" in task["stoppedReason"]


@LAUNCHES
def test_a_permissions_boundary_counts(world: Client, launch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    iam = world("iam")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(LOGS))["Policy"]["Arn"]
    monkeypatch.setattr(iam, "create_role", partial(iam.create_role, PermissionsBoundary=limit))
    assert_failed(launch(world, IMAGE, TOKEN, LAYERS), "CannotPull")


@LAUNCHES
def test_a_managed_policy_counts_once_it_is_attached(world: Client, launch: Any) -> None:
    iam = world("iam")
    arn = iam.create_policy(PolicyName="pull", PolicyDocument=document(TOKEN, LAYERS))["Policy"]["Arn"]
    assert_failed(launch(world), "CannotPullContainerError")
    iam.attach_role_policy(RoleName="execution" if launch is on_fargate else "instance", PolicyArn=arn)
    options = {}
    if launch is on_fargate:
        subnet = world("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}
        options = {"launchType": "FARGATE", "networkConfiguration": network}
    assert_runs(run(world, **options))


@LAUNCHES
def test_a_repository_policy_may_let_the_role_pull(world: Client, launch: Any) -> None:
    let = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/execution"},
        "Action": PULL,
    }
    both = {
        **let,
        "Principal": {
            "AWS": ["arn:aws:iam::123456789012:role/execution", "arn:aws:iam::123456789012:role/instance"]
        },
    }
    world("ecr").set_repository_policy(repositoryName="labs/app", policyText=document(both))
    assert_runs(launch(world, IMAGE, TOKEN))


@LAUNCHES
def test_a_repository_policy_may_deny_everybody(world: Client, launch: Any) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}
    world("ecr").set_repository_policy(repositoryName="labs/app", policyText=document(deny))
    assert_failed(launch(world, IMAGE, TOKEN, LAYERS), "CannotPullContainerError")


@LAUNCHES
@pytest.mark.parametrize("name", ["labs/app:v2", "labs/app", "labs/app@sha256:" + "0" * 64])
def test_an_image_that_is_not_there_stops_the_task(world: Client, launch: Any, name: str) -> None:
    task = launch(world, f"{REGISTRY}/{name}", TOKEN, {**LAYERS, "Resource": "*"})
    assert_failed(task, "CannotPullContainerError: ", "not found", f"{REGISTRY}/{name}")
    assert "permissions" not in task["stoppedReason"]


@pytest.mark.parametrize(
    ("launch", "processors", "words"),
    [
        (on_fargate, ["amd64"], "Manifest does not contain descriptor matching platform 'linux/arm64'"),
        (on_instance, ["arm64"], "no matching manifest for linux/amd64 in the manifest list entries"),
        (on_fargate, ["amd64", "arm64"], ""),
        (on_instance, ["amd64", "arm64"], ""),
    ],
)
def test_an_index_must_hold_the_platform_of_the_task(
    world: Client, launch: Any, processors: list[str], words: str
) -> None:
    """An attestation, which docker pushes beside an image, is for no platform."""
    push_index(world, *(("linux", each) for each in processors), ("unknown", "unknown"))
    arm = {"runtimePlatform": {"cpuArchitecture": "ARM64"}} if launch is on_fargate else {}
    task = launch(world, f"{REGISTRY}/labs/app:index", TOKEN, LAYERS, **arm)
    if words:
        assert_failed(task, "CannotPullContainerError", words)
    else:
        assert_runs(task)


@LAUNCHES
def test_a_repository_that_is_not_there_stops_the_task(world: Client, launch: Any) -> None:
    task = launch(world, f"{REGISTRY}/labs/none:v1", TOKEN, {**LAYERS, "Resource": "*"})
    assert_failed(task, "CannotPullContainerError: ", "labs/none", "not found")


def test_on_an_instance_the_execution_role_pulls_where_there_is_one(world: Client) -> None:
    arn = role(world, "execution", TASKS, TOKEN, LAYERS)
    assert_runs(on_instance(world, IMAGE, executionRoleArn=arn))


def test_an_instance_whose_role_ec2_cannot_assume_pulls_nothing(world: Client) -> None:
    iam = world("iam")
    task = on_instance(world, IMAGE, TOKEN, LAYERS)
    assert_runs(task)
    trust = {"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName="instance", PolicyDocument=document(trust))
    assert_failed(run(world), "CannotPullContainerError", "no basic auth credentials")


def log(group: str, **options: str) -> dict[str, Any]:
    given = {"awslogs-group": group, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app"}
    return {"logDriver": "awslogs", "options": {**given, **options}}


CREATE = {"awslogs-create-group": "true"}
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:/labs/app"
STREAMS = {**LOGS, "Action": "logs:CreateLogStream"}


def test_a_log_group_that_is_not_there_stops_the_task(world: Client) -> None:
    task = on_fargate(world, "nginx", LOGS, log=log("/labs/app"))
    assert_failed(task, "ResourceInitializationError: failed to validate logger args", "group does not exist")


def test_a_log_group_that_is_there_takes_the_logs(world: Client) -> None:
    world("logs").create_log_group(logGroupName="/labs/app")
    assert_runs(on_fargate(world, "nginx", LOGS, log=log("/labs/app")))


def test_a_log_group_in_another_region_is_not_there(world: Client) -> None:
    world("logs", region_name="us-east-1").create_log_group(logGroupName="/labs/app")
    assert_failed(on_fargate(world, "nginx", LOGS, log=log("/labs/app")), "group does not exist")


@pytest.mark.parametrize("resource", ["*", GROUP, f"{GROUP}:*", f"{GROUP}:log-stream:"])
@pytest.mark.parametrize("true", ["true", "True", "1"])
def test_a_log_group_is_created_where_the_role_may(world: Client, true: str, resource: str) -> None:
    rights = [{**LOGS, "Action": "logs:CreateLogGroup", "Resource": resource}, STREAMS]
    assert_runs(on_fargate(world, "nginx", *rights, log=log("/labs/app", **{"awslogs-create-group": true})))
    assert [one["logGroupName"] for one in world("logs").describe_log_groups()["logGroups"]] == ["/labs/app"]


@pytest.mark.parametrize("create", ["false", "tRUE", "yes"])
def test_a_log_group_is_not_created_where_the_driver_need_not(world: Client, create: str) -> None:
    task = on_fargate(world, "nginx", LOGS, log=log("/labs/app", **{"awslogs-create-group": create}))
    assert_failed(task, "group does not exist")


@pytest.mark.parametrize(("container", "runs"), [("main", True), ("app", False)])
def test_a_log_stream_has_the_container_s_name(world: Client, container: str, *, runs: bool) -> None:
    world("logs").create_log_group(logGroupName="/labs/app")
    rights = {**STREAMS, "Resource": f"{GROUP}:log-stream:app/{container}/*"}
    task = on_fargate(world, "nginx", rights, log=log("/labs/app"))
    if runs:
        assert_runs(task)
    else:
        assert_failed(task, "not authorized to perform: logs:CreateLogStream")


def test_a_log_group_is_not_created_where_the_role_may_not(world: Client) -> None:
    task = on_fargate(world, "nginx", STREAMS, log=log("/labs/app", **CREATE))
    assert_failed(task, "ResourceInitializationError", "not authorized to perform: logs:CreateLogGroup")
    assert world("logs").describe_log_groups()["logGroups"] == []


def test_a_role_that_may_not_write_logs_stops_the_task(world: Client) -> None:
    world("logs").create_log_group(logGroupName="/labs/app")
    task = on_fargate(world, "nginx", log=log("/labs/app"))
    assert_failed(task, "ResourceInitializationError", "not authorized to perform: logs:CreateLogStream")


@pytest.mark.parametrize(
    ("name", "repository", "reference"),
    [
        (f"{REGISTRY}/app", "app", "latest"),
        (f"{REGISTRY}/a/b-c:1.2", "a/b-c", "1.2"),
        (f"{REGISTRY}/app@sha256:{'a' * 64}", "app", f"sha256:{'a' * 64}"),
        (f"{REGISTRY}/app:v1@sha256:{'a' * 64}", "app", f"sha256:{'a' * 64}"),
    ],
)
def test_the_name_of_an_image_says_where_it_is(name: str, repository: str, reference: str) -> None:
    image = ImageReference.parse(name)
    assert image is not None
    assert (image.account, image.region, image.registry) == ("123456789012", "eu-west-1", REGISTRY)
    assert (image.repository, image.reference) == (repository, reference)


@pytest.mark.parametrize(
    "name",
    [
        "nginx",
        "nginx:1",
        "public.ecr.aws/a/b:1",
        "ghcr.io/a/b",
        "123.dkr.ecr.eu-west-1.amazonaws.com/a",
        "localhost:5000/a",
    ],
)
def test_other_names_are_of_no_private_registry(name: str) -> None:
    assert ImageReference.parse(name) is None
