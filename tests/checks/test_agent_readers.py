"""Readers of the labs on instances: a role, a registration and a closed group, answer by answer."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _agent, ecs_agent_config, ecs_instance_registration, ecs_instance_role
from labs.packs.aws_ecs.checks._ec2 import Ec2Host
from labs.sdk import CannotTell, Failed, Passed
from tests.builders import document
from tests.checks.canned import Answer, answering
from tests.checks.clusters import cluster, connected

NAMES = {"cluster": "labs", "instance": "host", "closed": "closed", "a": "a", "tag": "labs:cause"}
EC2 = "ec2.amazonaws.com"
ARN = "arn:aws:iam::123456789012:role/host"
ROLE: Any = {"RoleName": "host", "Arn": ARN}
DISCOVER, POLL, REGISTER = ("ecs:DiscoverPollEndpoint", "ecs:Poll", "ecs:RegisterContainerInstance")
SUBMIT = ("ecs:SubmitTaskStateChange", "ecs:SubmitContainerStateChange")
LOGIN = "ecr:GetAuthorizationToken"
PULL = ("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


def simulated(*actions: str, denied: str = "") -> Answer:
    results = [
        {"EvalActionName": action, "EvalDecision": "implicitDeny" if action == denied else "allowed"}
        for action in actions
    ]
    return "simulate_principal_policy", {"EvaluationResults": results, "IsTruncated": False}


def registering(denied: str = "") -> list[Answer]:
    """The three questions about an agent's calls to ECS."""
    return [
        simulated(DISCOVER, denied=denied),
        simulated(REGISTER, *SUBMIT, denied=denied),
        simulated(POLL, denied=denied),
    ]


def inline(*statements: dict[str, Any]) -> list[Answer]:
    """A role whose only policy is written into it."""
    return [
        ("list_attached_role_policies", {"AttachedPolicies": []}),
        ("list_role_policies", {"PolicyNames": ["p"]}),
        (
            "get_role_policy",
            {"RoleName": "host", "PolicyName": "p", "PolicyDocument": document(*statements)},
        ),
    ]


def held(service: str = EC2) -> list[Answer]:
    """The role in the instance's profile, and whom it trusts."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    named = {"Path": "/", "CreateDate": moment, "RoleId": "AROA0123456789012345"}
    role = {
        **ROLE,
        **named,
        "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    }
    profile = {
        "Path": "/",
        "InstanceProfileName": "host",
        "InstanceProfileId": "AIPA0123456789012345",
        "Arn": PROFILE["Arn"],
        "CreateDate": moment,
        "Roles": [{**ROLE, **named}],
    }
    return [("get_instance_profile", {"InstanceProfile": profile}), ("get_role", {"Role": role})]


PROFILE = {"Arn": "arn:aws:iam::123456789012:instance-profile/host"}


def instance(name: str = "a", **more: Any) -> dict[str, Any]:
    launched = datetime(2026, 11, 22, tzinfo=UTC)
    return {"InstanceId": f"i-{name}", "LaunchTime": launched, "ImageId": "ami-1", **more}


def instances(*each: dict[str, Any]) -> Answer:
    return "describe_instances", {"Reservations": [{"Instances": list(each)}]}


@pytest.mark.parametrize("denied", ["", DISCOVER, REGISTER, *SUBMIT, POLL])
def test_an_agent_needs_each_of_its_calls(denied: str) -> None:
    message = _agent.why_not_register(answering(iam=registering(denied)), ROLE, "labs")
    assert message == (f"host is not allowed to call {denied} on cluster labs" if denied else "")


SHOP = {"Effect": "Allow", "Action": list(PULL), "Resource": "arn:aws:ecr:*:*:repository/shop/*"}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        pytest.param(
            [simulated(LOGIN, denied=LOGIN)], f"host is not allowed to call {LOGIN} on *", id="no login"
        ),
        pytest.param([simulated(LOGIN), simulated(*PULL)], "", id="any repository"),
        pytest.param(
            [simulated(LOGIN), simulated(*PULL, denied=PULL[1]), *inline(SHOP), simulated(*PULL)],
            "",
            id="some repositories",
        ),
        pytest.param(
            [simulated(LOGIN), simulated(*PULL, denied=PULL[1]), *inline(SHOP | {"Action": "ecr:PutImage"})],
            "host is not allowed to pull from any repository in eu-west-1",
            id="none",
        ),
    ],
)
def test_an_agent_logs_in_and_pulls_from_somewhere(answers: list[Answer], message: str) -> None:
    ecr: list[Answer] = [("describe_repositories", {"repositories": []})]
    assert _agent.why_no_pull(answering(iam=answers, ecr=ecr), ROLE) == message


def test_a_registration_in_no_cluster_tells_of_the_cluster() -> None:
    outcome = _agent.is_registered(answering(ecs=cluster(active=False)), "labs", instance())  # type: ignore[arg-type] # the parts that are read
    assert isinstance(outcome, Failed)
    assert outcome.found == "no ACTIVE cluster labs in eu-west-1"


def test_a_role_that_pulls_and_may_not_register_is_not_enough() -> None:
    account = answering(iam=[*held(), *registering(REGISTER), simulated(LOGIN), simulated(*PULL)])
    host = Ec2Host(instance(IamInstanceProfile=PROFILE), NAMES)  # type: ignore[arg-type] # the parts that are read
    outcome = ecs_instance_role.role_may_register_and_pull(account, host)
    assert isinstance(outcome, Failed)
    assert REGISTER in outcome.found


@pytest.mark.parametrize(
    ("profile", "roles", "message"),
    [
        pytest.param({}, [], "i-a has no instance profile", id="none"),
        pytest.param(PROFILE, [], "instance profile host of i-a has no role", id="empty"),
    ],
)
def test_a_profile_is_there_and_holds_a_role(profile: Any, roles: list[Any], message: str) -> None:
    empty = {**held()[0][1]["InstanceProfile"], "Roles": roles}
    account = answering(iam=[("get_instance_profile", {"InstanceProfile": empty})])
    host = Ec2Host(instance(**({"IamInstanceProfile": profile} if profile else {})), NAMES)  # type: ignore[arg-type] # the parts that are read
    outcome = ecs_instance_role.profile_holds_a_role(account, host)
    assert isinstance(outcome, Failed)
    assert outcome.found == message


def test_another_agents_capability_is_not_this_ones() -> None:
    there = connected(a={"ecs.os-type": "linux"}, b={ecs_agent_config.CAPABILITY: ""})
    host = Ec2Host(instance("a"), NAMES)  # type: ignore[arg-type] # the parts that are read
    outcome = ecs_agent_config.agent_can_hand_out_task_roles(answering(ecs=there), host)
    assert isinstance(outcome, Failed)


UNCLEAR = "#!/bin/bash\naws s3 cp s3://config/ecs.config /etc/ecs/ecs.config\n"


@pytest.mark.parametrize(
    "judge", [ecs_agent_config.user_data_sets_the_cluster, ecs_agent_config.user_data_enables_task_roles]
)
@pytest.mark.parametrize("there", ["a", "b"])
def test_where_user_data_is_unclear_the_agent_tells(judge: Any, there: str) -> None:
    text = {"InstanceId": "a", "UserData": {"Value": b64encode(UNCLEAR.encode()).decode()}}
    ecs: list[Answer] = [("describe_clusters", {"clusters": [{"status": "ACTIVE"}]})]
    ecs += connected(**{there: {ecs_agent_config.CAPABILITY: ""}})
    account = answering(ec2=[("describe_instance_attribute", text)], ecs=ecs)
    host = Ec2Host(instance("a"), NAMES)  # type: ignore[arg-type] # the parts that are read
    if there == "a":
        assert judge(account, host).found.endswith("(as reported by the agent)")
    else:
        with pytest.raises(CannotTell):
            judge(account, host)


@pytest.mark.parametrize(
    ("script", "hint"),
    [
        ("#!/bin/sh\nsystemctl start ecs\n", "Remove it, or do not wait"),
        ("#!/bin/sh\ntrue\n", "Check the AMI"),
    ],
)
def test_a_boot_that_waits_for_the_agent_is_named(script: str, hint: str) -> None:
    text = {"InstanceId": "a", "UserData": {"Value": b64encode(script.encode()).decode()}}
    listed = ("list_container_instances", {"containerInstanceArns": []})
    account = answering(ec2=[("describe_instance_attribute", text)], ecs=[*cluster(), listed, listed])
    outcome = ecs_agent_config.host_is_registered(account, Ec2Host({"InstanceId": "a"}, NAMES))  # type: ignore[typeddict-item] # the parts that are read
    assert isinstance(outcome, Failed)
    assert hint in outcome.hint


def test_a_patient_that_has_gone_has_no_cause() -> None:
    account = answering(ec2=[instances(), instances()])
    outcome = ecs_instance_registration.names_its_cause("a", "ami")(account, NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == "no instance with the tag Name=a in eu-west-1"


@pytest.mark.parametrize(
    ("answers", "worn", "message"),
    [
        pytest.param([], {}, "i-a has no instance profile with a role", id="no profile"),
        pytest.param(
            held("ecs-tasks.amazonaws.com"),
            {"IamInstanceProfile": PROFILE},
            "i-a: ec2.amazonaws.com cannot assume host: the trust policy names ecs-tasks.amazonaws.com",
            id="trusts another service",
        ),
        pytest.param(
            [*held(), *registering(POLL), simulated(LOGIN), simulated(*PULL)],
            {"IamInstanceProfile": PROFILE},
            "i-a: host is not allowed to call ecs:Poll on cluster labs",
            id="may not poll",
        ),
        pytest.param(
            [*held(), *registering(), simulated(LOGIN, denied=LOGIN)],
            {"IamInstanceProfile": PROFILE},
            f"i-a: host is not allowed to call {LOGIN} on *",
            id="may not pull",
        ),
    ],
)
def test_every_registered_instance_has_a_sound_role(answers: list[Answer], worn: Any, message: str) -> None:
    account = answering(
        ecs=connected(a={}),
        ec2=[instances(instance(**worn))],
        iam=[*answers, *registering(), simulated(LOGIN)],
    )
    outcome = ecs_instance_registration.every_instance_has_a_role_to_register_and_pull(account, NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == message


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, "all traffic from 10.0.0.0/8"),
        (
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
            "tcp 443 from ::/0",
        ),
        (
            {"IpProtocol": "udp", "FromPort": 1, "ToPort": 9, "UserIdGroupPairs": [{"GroupId": "sg-2"}]},
            "udp 1-9 from sg-2",
        ),
        ({"IpProtocol": "50", "PrefixListIds": [{"PrefixListId": "pl-1"}]}, "50 from pl-1"),
        ({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}, "tcp 22 from no source"),
        (None, ""),
    ],
)
def test_the_closed_group_has_no_inbound_rule(rule: Any, message: str) -> None:
    group = {"GroupId": "sg-1", "GroupName": "closed", "IpPermissions": [rule] if rule else []}
    account = answering(
        ecs=connected(a={}),
        ec2=[
            instances(instance(SecurityGroups=[{"GroupId": "sg-1"}])),
            ("describe_security_groups", {"SecurityGroups": [group]}),
        ],
    )
    outcome = ecs_instance_registration.the_closed_group_stays_closed(account, NAMES)
    assert isinstance(outcome, Passed) is (not message)
    assert (
        outcome.found == f"closed allows inbound {message}"
        if message
        else "no inbound rules" in outcome.found
    )


@pytest.mark.parametrize(
    ("hosts", "hint"),
    [({}, "Which of the three causes"), ({"a": {}}, "Check the status of the container instance")],
)
def test_a_hint_asks_for_a_cause_until_an_instance_is_there(
    hosts: dict[str, dict[str, str]], hint: str
) -> None:
    there = connected(**hosts)
    for _, answer in there[1:]:
        answer["containerInstances"][0]["agentConnected"] = False
    outcome = ecs_instance_registration.an_instance_is_registered(
        answering(ecs=[*cluster(), *there, *there]), NAMES
    )
    assert isinstance(outcome, Failed)
    assert outcome.hint.startswith(hint)
