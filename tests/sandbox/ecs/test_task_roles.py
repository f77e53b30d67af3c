"""Roles of the embedded ECS's tasks: when ECS asks for them, and what they may by tags and by the registry."""

from __future__ import annotations

from typing import Any

import pytest
from pulls_kit import (
    ARN,
    EC2,
    IMAGE,
    LAYERS,
    PULL,
    TASKS,
    TOKEN,
    Client,
    assert_failed,
    assert_runs,
    on_fargate,
    on_instance,
    role,
    run,
)

from tests.builders import document

pytestmark = pytest.mark.slow


def refused(arn: str) -> str:
    return (
        f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role "
        "being passed has the proper trust relationship and permissions and that your IAM user has permissions to "
        "pass this role."
    )


@pytest.mark.parametrize("field", ["executionRoleArn", "taskRoleArn"])
@pytest.mark.parametrize("fault", ["trust", "missing"])
def test_a_task_with_a_role_that_ecs_cannot_assume_is_refused(world: Client, field: str, fault: str) -> None:
    arn = "arn:aws:iam::123456789012:role/none"
    if fault == "trust":
        arn = role(world, "wrong", EC2, TOKEN, LAYERS)
    with pytest.raises(world("ecs").exceptions.ClientException) as caught:
        on_fargate(world, "nginx", **{field: arn})
    assert caught.value.response["Error"]["Message"] == refused(arn)


def trusting(client: Client, operator: str, source: str) -> str:
    """A role that trusts ECS for what acts under an ARN."""
    arn = role(client, "app", TASKS)
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": TASKS},
        "Action": "sts:AssumeRole",
        "Condition": {operator: {"aws:SourceArn": f"arn:aws:ecs:eu-west-1:123456789012:{source}"}},
    }
    client("iam").update_assume_role_policy(RoleName="app", PolicyDocument=document(trust))
    return arn


@pytest.mark.parametrize("source", ["task/*", "*"])
def test_ecs_asks_for_all_tasks_and_then_for_this_one(world: Client, source: str) -> None:
    assert_runs(on_fargate(world, "nginx", taskRoleArn=trusting(world, "ArnLike", source)))


@pytest.mark.parametrize("source", ["task/labs/*", "task/*/*", "task/" + "?" * 32])
def test_no_role_can_be_kept_for_a_cluster(world: Client, source: str) -> None:
    """AWS: awsdocs/amazon-ecs-developer-guide#208."""
    arn = trusting(world, "ArnLike", source)
    with pytest.raises(world("ecs").exceptions.ClientException, match="unable to assume"):
        on_fargate(world, "nginx", taskRoleArn=arn)


def test_a_task_that_is_admitted_by_the_letter_waits_for_its_role(world: Client) -> None:
    arn = trusting(world, "StringEquals", "task/*")
    waits = on_fargate(world, "nginx", taskRoleArn=arn)
    assert waits["lastStatus"] == "PENDING"
    trusting_all = {"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": "sts:AssumeRole"}
    world("iam").update_assume_role_policy(RoleName="app", PolicyDocument=document(trusting_all))
    [task] = world("ecs").describe_tasks(cluster="labs", tasks=[waits["taskArn"]])["tasks"]
    assert_runs(task)


def test_a_service_tells_which_role_ecs_cannot_assume(world: Client) -> None:
    on_instance(world, "nginx")
    ecs, arn = world("ecs"), role(world, "wrong", EC2)
    container = {"name": "app", "image": "nginx", "memory": 64}
    ecs.register_task_definition(family="other", containerDefinitions=[container], taskRoleArn=arn)
    ecs.create_service(cluster="labs", serviceName="web", taskDefinition="other", desiredCount=1)
    [found] = ecs.describe_services(cluster="labs", services=["web"])["services"]
    assert (found["runningCount"], found["pendingCount"]) == (0, 0)
    assert found["events"][0]["message"] == (
        f"(service web) failed to launch a task with (error {refused(arn)})."
    )


def test_rights_by_the_tags_of_role_and_repository_pull(world: Client) -> None:
    by_tag = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    task = on_fargate(world, IMAGE, TOKEN, {**LAYERS, "Resource": "*", "Condition": by_tag})
    assert_failed(task, "CannotPullContainerError")
    world("iam").tag_role(RoleName="execution", Tags=[{"Key": "team", "Value": "web"}])
    world("ecr").tag_resource(resourceArn=ARN, tags=[{"Key": "team", "Value": "web"}])
    subnet = world("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}
    assert_runs(run(world, launchType="FARGATE", networkConfiguration=network))


@pytest.mark.parametrize(("effect", "statements"), [("Allow", [TOKEN]), ("Deny", [TOKEN, LAYERS])])
def test_the_policy_of_the_registry_counts(world: Client, effect: str, statements: list[Any]) -> None:
    arn = "arn:aws:iam::123456789012:role/execution"
    entry = {"Effect": effect, "Principal": {"AWS": arn}, "Action": PULL, "Resource": "*"}
    world("ecr").put_registry_policy(policyText=document(entry))
    task = on_fargate(world, IMAGE, *statements)
    assert (task["lastStatus"] == "RUNNING") is (effect == "Allow")
