"""Readers of IAM's answers: whole pages, denials, conditions, and decisions that cannot be determined."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.sdk import Account, CannotTell, Names, Objective, Outcome, iam, iam_roles
from labs.sdk.simulation import Target
from labs.verdict import State
from labs.verify.runner import verify
from tests.aws import aws_sessions, intercepted_http
from tests.builders import ACCOUNT, job
from tests.checks.canned import Answer, answering, parameters

ARN = f"arn:aws:iam::{ACCOUNT}:role/puller"
ROLE: Any = {"RoleName": "puller", "Arn": ARN}
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
    return iam_roles.may(answering(iam=answers), ROLE, ["ecr:BatchGetImage"])


def test_a_denial_on_the_second_page_counts() -> None:
    assert denied([result("a:A", "allowed")], [result("b:B", "implicitDeny")]) == ["b:B"]


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_both_kinds_of_denial_are_denials(decision: str) -> None:
    assert denied([result("a:A", decision), result("b:B", "allowed")]) == ["a:A"]


PULL = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}


def held(*statements: dict[str, Any]) -> list[Answer]:
    """The role's only policy, its own."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return [
        ("list_attached_role_policies", {"AttachedPolicies": []}),
        ("list_role_policies", {"PolicyNames": ["own"]}),
        ("get_role_policy", {"RoleName": "puller", "PolicyName": "own", "PolicyDocument": text}),
    ]


def denied_but_for(
    key: str,
    *statements: dict[str, Any],
    decision: str = "implicitDeny",
    specific: bool = True,
    **target: Any,
) -> list[str]:
    """The actions denied to the role by a simulation that lacks a key."""
    found = {"EvaluationResults": [result("ecr:BatchGetImage", decision, key, specific=specific)]}
    account = answering(iam=[("simulate_principal_policy", found), *held(*statements)])
    return iam_roles.may(account, ROLE, ["ecr:BatchGetImage"], Target(**target))


@pytest.mark.parametrize("specific", [True, False])
@pytest.mark.parametrize(
    "key", ["aws:SourceVpce", "aws:sourceVpc", "aws:PrincipalOrgID", "aws:ResourceTag/team"]
)
def test_a_denial_that_hangs_on_an_unknown_key_is_not_judged(key: str, *, specific: bool) -> None:
    with pytest.raises(CannotTell, match=key.lower()):
        denied_but_for(key, {**PULL, "Condition": {"StringEquals": {key: "x"}}}, specific=specific)


def test_a_denial_that_hangs_on_the_address_is_not_judged() -> None:
    with pytest.raises(CannotTell, match="aws:sourceip"):
        denied_but_for("aws:SourceIp", {**PULL, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})


@pytest.mark.parametrize(
    "statement",
    [
        {**PULL, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {**PULL, "Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}},
        {**PULL, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "web"}}},
        {**PULL, "Action": "s3:*", "Condition": {"StringEquals": {"aws:SourceVpce": "x"}}},
    ],
    ids=["never sent", "expired", "the role has no tags", "not what decides"],
)
def test_a_missing_key_that_does_not_decide_changes_no_denial(statement: dict[str, Any]) -> None:
    [[key]] = [[*each] for each in statement["Condition"].values()]
    assert denied_but_for(key, statement) == ["ecr:BatchGetImage"]


def test_a_tag_that_the_resource_does_not_have_lets_nobody_in() -> None:
    by_tag = {**PULL, "Condition": {"StringEquals": {"aws:ResourceTag/team": "web"}}}
    assert denied_but_for("aws:ResourceTag/team", by_tag, tags={"shop": "web"}) == ["ecr:BatchGetImage"]


def test_tags_of_role_and_resource_are_told_to_the_simulation() -> None:
    account = answering(
        iam=[("simulate_principal_policy", {"EvaluationResults": [result("ecr:BatchGetImage", "allowed")]})]
    )
    tagged = {**ROLE, "Tags": [{"Key": "team", "Value": "web"}]}
    target = Target("arn:aws:ecr:eu-west-1:1:repository/a", tags={"env": "true"}, service="ecr")
    with parameters(account.iam) as asked:
        assert iam_roles.may(account, tagged, ["ecr:BatchGetImage"], target) == []
    context = {each["ContextKeyName"]: each["ContextKeyValues"] for each in asked[0]["ContextEntries"]}
    assert context["aws:PrincipalTag/team"] == ["web"]
    assert context["aws:ResourceTag/env"] == context["ecr:ResourceTag/env"] == ["true"]


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_what_the_organization_does_not_allow_cannot_be_told(decision: str) -> None:
    """IAM's simulation of service control policies says no to roles that real calls succeed for."""
    found = {**result("a:A", decision), "OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
    with pytest.raises(CannotTell, match="a policy of the organization does not allow"):
        denied([found])


def test_the_account_s_own_deny_is_a_denial_in_an_organization_too() -> None:
    organization = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
    own = {"MatchedStatements": [{"SourcePolicyId": "own"}]}
    assert denied([{**result("a:A", "explicitDeny"), **organization, **own}]) == ["a:A"]
    allowed = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": True}}
    assert denied([{**result("a:A", "implicitDeny"), **allowed}]) == ["a:A"]


@pytest.mark.parametrize(("team", "reaches"), [("web", False), ("shop", True)])
def test_the_reach_of_a_role_follows_from_its_tags(team: str, *, reaches: bool) -> None:
    account = answering(iam=held({**PULL, "Resource": "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}"}))
    granted = iam_roles.policies_of(account, {**ROLE, "Tags": [{"Key": "team", "Value": team}]})
    everywhere = iam.Scope(("ecr:BatchGetImage",), ("arn:aws:ecr:*:*:repository/?*",))
    found = granted.beyond(everywhere, iam.Scope(("*",), ("arn:aws:ecr:*:*:repository/web",)))
    assert bool(found) is reaches


FORBIDDEN = {"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ({**PULL, "Condition": {"StringEquals": {"aws:SourceVpce": "x"}}}, []),
        ({**FORBIDDEN, "Action": "s3:*", "Condition": {"StringEquals": {"aws:SourceVpce": "x"}}}, []),
        ({**FORBIDDEN, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}, []),
        ({**FORBIDDEN, "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}}, []),
        ({**FORBIDDEN, "Condition": {"Bool": {"aws:ViaAWSService": "false"}}}, ["ecr:BatchGetImage"]),
    ],
    ids=["allowed anyway", "other actions", "never sent", "revoked sessions", "always sent"],
)
def test_a_deny_that_the_simulation_skips_counts_for_the_real_request(
    statement: dict[str, Any], found: list[str]
) -> None:
    [[key]] = [[*each] for each in statement["Condition"].values()]
    assert denied_but_for(key, PULL, statement, decision="allowed") == found


@pytest.mark.parametrize(
    "key", ["ecs:CreateAction", "aws:RequestTag/team", "aws:PrincipalTag/team", "aws:MultiFactorAuthAge"]
)
def test_no_policy_is_read_for_a_key_that_the_request_does_not_have(key: str) -> None:
    """Such as the condition of AWS's own policy for container instances, which is about tags."""
    found = {"EvaluationResults": [result("ecs:Poll", "allowed", key)]}
    account = answering(iam=[("simulate_principal_policy", found)])
    assert iam_roles.may(account, ROLE, ["ecs:Poll"], Target(tags={})) == []


def test_what_an_unknown_key_may_deny_is_not_judged() -> None:
    denied = {**FORBIDDEN, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    with pytest.raises(CannotTell, match="aws:sourceip"):
        denied_but_for("aws:SourceIp", PULL, denied, decision="allowed")


def test_simulation_is_told_what_aws_knows_of_each_request_by_its_type() -> None:
    """A condition on a boolean is not met by a text; the value of a tag is a text, whatever it says."""
    message = {
        "ecs:enable-execute-command": "false",
        "ec2:VolumeSize": "50",
        "aws:ResourceTag/kept": "true",
        "aws:RequestTag/team": "web",
    }
    answer = {"EvaluationResults": [result("ecr:BatchGetImage", "allowed")], "IsTruncated": False}
    account = answering(iam=[("simulate_principal_policy", answer)])
    with parameters(account.iam) as asked:
        assert iam_roles.may(account, ROLE, ["ecr:BatchGetImage"], context=message) == []
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
        "ec2:VolumeSize": ("numeric", "50"),
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
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_trust_policy_is_judged_with_its_conditions(condition: dict[str, Any], *, trusted: bool) -> None:
    account = answering()
    found = role({**TRUST, "Condition": condition} if condition else TRUST)
    assert iam_roles.trusts(account, found, iam_roles.ECS_TASKS) is trusted


def test_a_replayed_condition_on_the_time_uses_the_time_of_the_record() -> None:
    """A policy that has expired since then gives the verdict of then."""
    found = role({**TRUST, "Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}})
    recorded = msgspec.structs.replace(answering(), at=datetime(2019, 12, 31, tzinfo=UTC))
    assert iam_roles.trusts(recorded, found, iam_roles.ECS_TASKS)


TASKS = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task"


@pytest.mark.parametrize(
    ("operator", "source", "trusted"),
    [
        ("ArnLike", f"{TASKS}/*", True),
        ("ArnLike", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:*", True),
        ("ArnLike", f"{TASKS}/labs/*", False),
        ("ArnLike", f"{TASKS}/*/*", False),
        ("ArnLike", f"{TASKS}/{'?' * 32}", False),
        ("StringEquals", f"{TASKS}/*", False),
    ],
)
def test_a_task_s_role_is_assumed_before_the_task_has_an_arn(
    operator: str, source: str, *, trusted: bool
) -> None:
    """ECS admits a task by the literal `task/*`, and gives out the role by the task's own ARN."""
    found = role({**TRUST, "Condition": {operator: {"aws:SourceArn": source}}})
    assert iam_roles.trusts(answering(), found, iam_roles.ECS_TASKS) is trusted


@pytest.mark.parametrize(
    ("partition", "service", "trusted"),
    [
        ("aws", "ec2.amazonaws.com", True),
        ("aws", "ec2.amazonaws.com.cn", False),
        ("aws-cn", "ec2.amazonaws.com", True),
        ("aws-cn", "ec2.amazonaws.com.cn", True),
    ],
)
def test_ec2_has_a_second_name_in_china(partition: str, service: str, *, trusted: bool) -> None:
    found = role({**TRUST, "Principal": {"Service": service}})
    found["Arn"] = ARN.replace("aws", partition, 1)
    assert iam_roles.trusts(answering(), found, iam_roles.EC2) is trusted


def test_a_denial_beside_the_trust_wins() -> None:
    assert not iam_roles.trusts(answering(), role(TRUST, {**TRUST, "Effect": "Deny"}), iam_roles.ECS_TASKS)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ([TRUST, {**TRUST, "Effect": "Deny"}], "a condition or a deny in the trust policy excludes it"),
        ([{**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}], "the trust policy names ec2.amazonaws.com"),
        ([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}], "the trust policy names no principal"),
    ],
    ids=["held-back", "another", "nobody"],
)  # fmt: skip
def test_who_is_not_trusted_is_told_whom_the_policy_names(
    statements: list[dict[str, Any]], message: str
) -> None:
    assert iam_roles.why_not_trusted(answering(), role(*statements), iam_roles.ECS_TASKS).endswith(message)


def test_a_trust_that_hangs_on_an_unknown_key_is_not_judged() -> None:
    odd = role({**TRUST, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "web"}}})
    with pytest.raises(CannotTell, match="principaltag/team"):
        iam_roles.trusts(answering(), odd, iam_roles.ECS_TASKS)


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
    assert (iam_roles.role_or_none(account, name) is not None) is there


def test_a_role_that_is_not_there_is_none() -> None:
    assert iam_roles.role_or_none(answering(iam=[("get_role", {"error": "NoSuchEntity"})]), "puller") is None


def test_a_role_that_two_objectives_ask_for_is_the_same_for_both(moto: None) -> None:
    """The second one is given the kept answer, whose policy must be as readable as the first time."""
    import boto3

    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    boto3.client("iam").create_role(RoleName="puller", AssumeRolePolicyDocument=trust)

    def trusted(account: Account, names: Names) -> Outcome:
        role = iam_roles.the_role(account, "puller")
        return iam_roles.trust_outcome(account, role, iam_roles.ECS_TASKS)

    asked = job(
        Objective("one", trusted), Objective("two", trusted, needs=("one",)), reads=iam_roles.ROLE_READS
    )
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        found = verify([asked], sessions.open()).labs[0]
    assert [each.state for each in found.findings] == [State.PASSED, State.PASSED]


def test_leftover_roles_come_with_their_policies(moto: None) -> None:
    """IAM deletes a role only without policies."""
    import boto3

    iam = boto3.client("iam")
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    managed = iam.create_policy(PolicyName="p", PolicyDocument=policy)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn=managed)
    iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=policy)
    account = Account(lambda: ACCOUNT, "eu-west-1", lambda service, region: iam)
    left = iam_roles.role_leftovers(["role", "other"]).find(account, {"role": "r", "other": "none"}, ())
    assert [(each.kind, each.id, each.within) for each in left] == [
        ("attached policy", managed, "r"),
        ("inline policy", "own", "r"),
        ("role", "r", ""),
    ]
