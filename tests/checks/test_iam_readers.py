"""What checks make of IAM's answers: whole pages, denials, conditions, and what cannot be determined."""

import json
from typing import Any

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.packs.aws_ecs.checks import _iam
from labs.sdk import Account, CannotTell, Names, Objective, Outcome
from labs.verdict import State
from labs.verify.runner import verify
from tests.aws import aws_sessions, intercepted_http
from tests.builders import ACCOUNT, job
from tests.checks.canned import answering

ARN = f"arn:aws:iam::{ACCOUNT}:role/puller"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}


def result(action: str, decision: str, *missing: str, specific: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {"EvalActionName": action, "EvalDecision": decision}
    if specific:
        one = {
            "EvalResourceName": "*",
            "EvalResourceDecision": decision,
            "MissingContextValues": list(missing),
        }
        return {**found, "ResourceSpecificResults": [one]}
    return {**found, "MissingContextValues": list(missing)}


def denied(*pages: list[dict[str, Any]]) -> list[str]:
    answers: list[tuple[str, dict[str, Any]]] = [
        ("simulate_principal_policy", {"EvaluationResults": page, "IsTruncated": more, "Marker": "next"})
        for page, more in zip(pages, [*[True] * (len(pages) - 1), False], strict=True)
    ]
    return _iam.may(answering(iam=answers), ARN, ["ecr:BatchGetImage"])


def test_a_denial_on_the_second_page_counts() -> None:
    assert denied([result("a:A", "allowed")], [result("b:B", "implicitDeny")]) == ["b:B"]


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_both_kinds_of_denial_are_denials(decision: str) -> None:
    assert denied([result("a:A", decision), result("b:B", "allowed")]) == ["a:A"]


@pytest.mark.parametrize("specific", [True, False])
@pytest.mark.parametrize("key", ["aws:SourceVpce", "aws:sourceVpc", "aws:SourceIp", "aws:VpcSourceIp"])
def test_a_denial_that_hangs_on_where_the_call_comes_from_is_not_judged(key: str, *, specific: bool) -> None:
    with pytest.raises(CannotTell, match=key):
        denied([result("a:A", "implicitDeny", key, specific=specific)])


@pytest.mark.parametrize("key", ["aws:MultiFactorAuthPresent", "ecs:CreateAction"])
def test_a_denial_that_hangs_on_anything_else_is_a_denial(key: str) -> None:
    assert denied([result("a:A", "implicitDeny", key)]) == ["a:A"]


def test_what_is_allowed_hangs_on_nothing() -> None:
    assert denied([result("ecr:BatchGetImage", "allowed", "aws:SourceVpce")]) == []


def test_simulation_is_told_what_aws_knows_of_each_request_by_its_type() -> None:
    """A condition on a boolean is not met by a text; the value of a tag is a text, whatever it says."""
    message = {
        "ecs:enable-execute-command": "false",
        "aws:ResourceTag/kept": "true",
        "aws:RequestTag/team": "web",
    }
    answer = {"EvaluationResults": [result("ecr:BatchGetImage", "allowed")], "IsTruncated": False}
    account = answering(iam=[("simulate_principal_policy", answer)])
    asked: list[dict[str, Any]] = []
    account.iam.meta.events.register("provide-client-params.iam", lambda params, **_: asked.append(params))
    assert _iam.may(account, ARN, ["ecr:BatchGetImage"], context=message) == []
    assert asked[0]["ResourceArns"] == ["*"]
    entries = {
        each["ContextKeyName"]: (each["ContextKeyType"], *each["ContextKeyValues"])
        for each in asked[0]["ContextEntries"]
    }
    assert entries == {
        "aws:RequestedRegion": ("string", "eu-west-1"),
        "aws:PrincipalAccount": ("string", ACCOUNT),
        "aws:PrincipalArn": ("string", ARN),
        "aws:ResourceAccount": ("string", ACCOUNT),
        "aws:SecureTransport": ("boolean", "true"),
        "s3:ResourceAccount": ("string", ACCOUNT),
        "ecs:enable-execute-command": ("boolean", "false"),
        "aws:ResourceTag/kept": ("string", "true"),
        "aws:RequestTag/team": ("string", "web"),
    }


def role(*statements: dict[str, Any]) -> Any:
    return {
        "RoleName": "puller",
        "Arn": ARN,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [*statements]},
    }


@pytest.mark.parametrize(
    ("condition", "trusted"),
    [
        ({}, True),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "210987654321"}}, False),
        ({"StringEquals": {"sts:ExternalId": "secret"}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_trust_policy_is_judged_with_its_conditions(condition: dict[str, Any], *, trusted: bool) -> None:
    account = answering()
    found = role({**TRUST, "Condition": condition} if condition else TRUST)
    assert _iam.trusts(account, found, _iam.ECS_TASKS) is trusted


def test_a_denial_beside_the_trust_wins() -> None:
    assert not _iam.trusts(answering(), role(TRUST, {**TRUST, "Effect": "Deny"}), _iam.ECS_TASKS)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ([TRUST, {**TRUST, "Effect": "Deny"}], "ecs-tasks.amazonaws.com, which its conditions or denials hold back"),
        ([{**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}], "its trust policy names ec2.amazonaws.com"),
        ([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}], "its trust policy names nobody"),
    ],
    ids=["held-back", "another", "nobody"],
)  # fmt: skip
def test_who_is_not_trusted_is_told_whom_the_policy_names(
    statements: list[dict[str, Any]], message: str
) -> None:
    assert _iam.why_not_trusted(answering(), role(*statements), _iam.ECS_TASKS).endswith(message)


def test_a_trust_that_hangs_on_an_unknown_key_is_not_judged() -> None:
    odd = role({**TRUST, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "web"}}})
    with pytest.raises(CannotTell, match="principaltag/team"):
        _iam.trusts(answering(), odd, _iam.ECS_TASKS)


FOUND = {
    "Path": "/", "RoleName": "puller", "RoleId": "AROAEXAMPLEEXAMPLE", "Arn": ARN, "CreateDate": "2026-11-22",
    "AssumeRolePolicyDocument": "%7B%7D",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("puller", True),
        (ARN, True),
        ("arn:aws:iam::210987654321:role/puller", False),
        (f"arn:aws:iam::{ACCOUNT}:role/hosts/puller", False),
    ],
)
def test_a_role_by_arn_is_exactly_that_role(name: str, *, there: bool) -> None:
    account = answering(iam=[("get_role", {"Role": dict(FOUND)})])
    assert (_iam.role_or_none(account, name) is not None) is there


def test_a_role_that_is_not_there_is_none() -> None:
    assert _iam.role_or_none(answering(iam=[("get_role", {"error": "NoSuchEntity"})]), "puller") is None


def test_a_role_that_two_objectives_ask_for_is_the_same_for_both(moto: None) -> None:
    """The second one is given the kept answer, whose policy must be as readable as the first time."""
    import boto3

    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    boto3.client("iam").create_role(RoleName="puller", AssumeRolePolicyDocument=trust)

    def trusted(account: Account, names: Names) -> Outcome:
        role = _iam.the_role(account, "puller")
        return _iam.trust_outcome(account, role, _iam.ECS_TASKS)

    asked = job(Objective("one", trusted), Objective("two", trusted, needs=("one",)), reads=_iam.ROLE_READS)
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        found = verify([asked], sessions.open()).labs[0]
    assert [each.state for each in found.findings] == [State.PASSED, State.PASSED]
