"""Tasks of the embedded ECS whose images, roles or logs are not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from labs.sandbox.ecs.launch.pulls import Image

pytestmark = pytest.mark.slow

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


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@pytest.fixture
def world(aws: None, client: Client) -> Client:
    """Image labs/app:v1 in the registry, and an empty cluster."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/app")
    where = {"repositoryName": "labs/app"}
    for blob in (b"{}", b"layer"):
        upload = {**where, "uploadId": ecr.initiate_layer_upload(**where)["uploadId"]}
        ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
        ecr.complete_layer_upload(**upload, layerDigests=[sha256(blob)])
    manifest = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": sha256(b"{}")},
        "layers": [{"digest": sha256(b"layer")}],
    }
    ecr.put_image(**where, imageTag="v1", imageManifest=json.dumps(manifest))
    client("ecs").create_cluster(clusterName="labs")
    return client


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
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
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
def test_a_permissions_boundary_counts(world: Client, launch: Any) -> None:
    iam = world("iam")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(LOGS))["Policy"]["Arn"]
    create = iam.create_role

    def bounded(**arguments: Any) -> Any:
        return create(**arguments, PermissionsBoundary=limit)

    iam.create_role = bounded
    assert_failed(
        launch(lambda name: iam if name == "iam" else world(name), IMAGE, TOKEN, LAYERS), "CannotPull"
    )


@LAUNCHES
def test_a_managed_policy_counts_once_it_is_attached(world: Client, launch: Any) -> None:
    iam = world("iam")
    arn = iam.create_policy(PolicyName="pull", PolicyDocument=document(TOKEN, LAYERS))["Policy"]["Arn"]
    assert_failed(launch(world), "CannotPullContainerError")
    iam.attach_role_policy(RoleName="execution" if launch is on_fargate else "instance", PolicyArn=arn)
    options = {}
    if launch is on_fargate:
        subnet = world("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        network = {"awsvpcConfiguration": {"subnets": [subnet]}}
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


@pytest.mark.parametrize("field", ["executionRoleArn", "taskRoleArn"])
@pytest.mark.parametrize("fault", ["trust", "missing"])
def test_a_role_that_ecs_cannot_assume_stops_the_task(world: Client, field: str, fault: str) -> None:
    arn = "arn:aws:iam::123456789012:role/none"
    if fault == "trust":
        arn = role(world, "wrong", EC2, TOKEN, LAYERS)
    assert_failed(on_fargate(world, "nginx", **{field: arn}), f"ECS was unable to assume the role '{arn}'")


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
    image = Image.parse(name)
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
    assert Image.parse(name) is None
