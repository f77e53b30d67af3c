"""The accounts of the embedded AWS, and who may go from one to another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from labs.errors import UsageError
from labs.sandbox.control import Sandbox, environment, exports, in_account
from tests.builders import document, shared_session

Client = Callable[..., Any]
LEARNER, STRANGER = "111122223333", "999988887777"
ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{LEARNER}:role/labs-check"


@cache
def within(account: str, service: str) -> Any:
    """A client with the keys of an account's administrator."""
    return shared_session().client(service, aws_access_key_id=f"AKIASBOX{account}", aws_secret_access_key="x")


def holding(keys: dict[str, Any], service: str) -> Any:
    return shared_session().client(
        service,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


def trusting(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more}


def make_role(
    *statements: dict[str, Any], account: str = LEARNER, name: str = "labs-check", **more: Any
) -> None:
    within(account, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=document(*statements), **more)


def assume(sts: Any, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = sts.assume_role(**{"RoleArn": ARN, "RoleSessionName": "teacher", **more})
    return answer


def denied(sts: Any, caller: str, **more: Any) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as error:
        assume(sts, **more)
    refusal = error.value.response["Error"]
    resource = more.get("RoleArn", ARN)
    assert refusal["Code"] == "AccessDenied"
    assert (
        refusal["Message"]
        == f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {resource}"
    )


ME = f"arn:aws:iam::{ACCOUNT}:user/sandbox"


def test_unknown_keys_are_an_administrators(aws: None, client: Client) -> None:
    who = client("sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (ACCOUNT, ME)


def test_the_digits_of_a_key_are_an_account_of_their_own(aws: None, client: Client) -> None:
    who = within(LEARNER, "sts").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (LEARNER, f"arn:aws:iam::{LEARNER}:user/sandbox")
    within(LEARNER, "ecs").create_cluster(clusterName="labs")
    assert len(within(LEARNER, "ecs").list_clusters()["clusterArns"]) == 1
    assert client("ecs").list_clusters()["clusterArns"] == []
    assert within(STRANGER, "ecs").list_clusters()["clusterArns"] == []


def test_a_role_leads_into_its_account(aws: None, client: Client) -> None:
    within(LEARNER, "ecs").create_cluster(clusterName="labs")
    make_role(trusting(f"arn:aws:iam::{ACCOUNT}:root"))
    answer = assume(client("sts"))
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{LEARNER}:assumed-role/labs-check/teacher"
    assert holding(answer["Credentials"], "sts").get_caller_identity()["Account"] == LEARNER
    [found] = holding(answer["Credentials"], "ecs").list_clusters()["clusterArns"]
    assert found.endswith(f"{LEARNER}:cluster/labs")


@pytest.mark.parametrize(
    ("statement", "admitted"),
    [
        (trusting(f"arn:aws:iam::{ACCOUNT}:root"), True),
        (trusting(ACCOUNT), True),
        (trusting(ME), True),
        (trusting("*"), True),
        (trusting(f"arn:aws:iam::{ACCOUNT}:user/other"), False),
        (trusting(f"arn:aws:iam::{STRANGER}:root"), False),
        (trusting(ACCOUNT, Action="sts:TagSession"), False),
        (trusting(ACCOUNT, Effect="Deny"), False),
        (trusting(ACCOUNT, Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}), True),
        (trusting(ACCOUNT, Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}), False),
        (trusting(ACCOUNT, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), False),
        ({**trusting(ACCOUNT), "Principal": {"Service": "ec2.amazonaws.com"}}, False),
    ],
    ids=[
        "root",
        "number",
        "user",
        "anybody",
        "other user",
        "other account",
        "other action",
        "deny",
        "condition that holds",
        "expired",
        "without MFA",
        "a service",
    ],
)
def test_the_trust_policy_decides(
    aws: None, client: Client, statement: dict[str, Any], admitted: bool
) -> None:
    make_role(statement)
    if admitted:
        assert assume(client("sts"))["Credentials"]["SessionToken"]
    else:
        denied(client("sts"), ME)


@pytest.mark.parametrize(
    ("given", "admitted"),
    [({"ExternalId": "class-7"}, True), ({"ExternalId": "class-8"}, False), ({}, False)],
    ids=str,
)
def test_the_external_id_has_to_be_the_right_one(
    aws: None, client: Client, given: dict[str, str], admitted: bool
) -> None:
    make_role(trusting(ACCOUNT, Condition={"StringEquals": {"sts:ExternalId": "class-7"}}))
    if admitted:
        assert assume(client("sts"), **given)["Credentials"]
    else:
        denied(client("sts"), ME, **given)


def test_a_role_that_is_not_there_is_denied_like_any_other(aws: None, client: Client) -> None:
    denied(client("sts"), ME)


def user(*statements: dict[str, Any], group: bool = False) -> Any:
    """The client of a user in this account with keys of its own; its policy may come by a group."""
    iam = within(ACCOUNT, "iam")
    iam.create_user(UserName="ada")
    if statements and group:
        iam.create_group(GroupName="teachers")
        iam.put_group_policy(GroupName="teachers", PolicyName="p", PolicyDocument=document(*statements))
        iam.add_user_to_group(GroupName="teachers", UserName="ada")
    elif statements:
        iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=document(*statements))
    return holding(iam.create_access_key(UserName="ada")["AccessKey"], "sts")


MAY = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ARN}
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"


@pytest.mark.parametrize("group", [False, True], ids=["own", "group's"])
def test_a_user_needs_a_policy_too(aws: None, client: Client, group: bool) -> None:
    make_role(trusting(ACCOUNT))
    assert assume(user(MAY, group=group))["Credentials"]


@pytest.mark.parametrize(
    "statements",
    [(), ({**MAY, "Resource": "arn:aws:iam::*:role/other"},), (MAY, {**MAY, "Effect": "Deny"})],
    ids=["none", "another role", "denied"],
)
def test_a_user_whose_policies_do_not_allow_it_is_denied(
    aws: None, client: Client, statements: tuple[dict[str, Any], ...]
) -> None:
    make_role(trusting(ACCOUNT))
    denied(user(*statements), ADA)


def test_in_its_own_account_a_user_who_is_named_needs_no_policy(aws: None, client: Client) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/labs-check"
    sts = user()
    make_role(trusting(ADA), account=ACCOUNT)
    assert assume(sts, RoleArn=own)["Credentials"]
    within(ACCOUNT, "iam").update_assume_role_policy(
        RoleName="labs-check", PolicyDocument=document(trusting(f"arn:aws:iam::{ACCOUNT}:root"))
    )
    denied(sts, ADA, RoleArn=own)


def test_a_session_goes_on_to_another_role_only_by_the_policies_of_its_own(aws: None, client: Client) -> None:
    make_role(trusting(ACCOUNT), account=ACCOUNT, name="first")
    make_role(trusting(f"arn:aws:iam::{ACCOUNT}:role/first"))
    first = f"arn:aws:iam::{ACCOUNT}:role/first"
    session = holding(assume(client("sts"), RoleArn=first)["Credentials"], "sts")
    denied(session, f"arn:aws:sts::{ACCOUNT}:assumed-role/first/teacher")
    client("iam").put_role_policy(RoleName="first", PolicyName="p", PolicyDocument=document(MAY))
    assert assume(session)["Credentials"]
    narrowed = assume(client("sts"), RoleArn=first, Policy=document({**MAY, "Action": "ecs:*"}))
    denied(holding(narrowed["Credentials"], "sts"), f"arn:aws:sts::{ACCOUNT}:assumed-role/first/teacher")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"RoleArn": "arn:aws:iam::111122223333:user/somebody"},
            "arn:aws:iam::111122223333:user/somebody is invalid",
        ),
        (
            {"DurationSeconds": 7200},
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
    ],
    ids=["no role", "too long"],
)
def test_a_request_that_makes_no_sense_is_refused(
    aws: None, client: Client, refused: Callable[..., str], given: dict[str, Any], message: str
) -> None:
    make_role(trusting(ACCOUNT))
    refusal = refused(assume, client("sts"), **given)
    assert refusal.startswith(f"ValidationError: {message}")


def test_a_role_may_allow_longer_sessions(aws: None, client: Client) -> None:
    make_role(trusting(ACCOUNT), MaxSessionDuration=7200)
    assert assume(client("sts"), DurationSeconds=7200)["Credentials"]


def test_stock_moto_lets_anybody_assume_anything(stock: None, client: Client) -> None:
    """Drop these extensions when moto looks at roles and trust policies."""
    assert assume(client("sts"))["Credentials"]
    assert client("sts").get_caller_identity()["Arn"].endswith(":user/moto")
    assert within(LEARNER, "sts").get_caller_identity()["Account"] == ACCOUNT


def test_the_environment_of_an_account_holds_a_key_of_it(tmp_path: Path) -> None:
    """`labs sandbox env --account` and `labs sandbox shell --account` show the world of that account."""
    sandbox = Sandbox(tmp_path, "http://127.0.0.1:1", 1, 1, "")
    own = environment(sandbox)
    assert environment(in_account(sandbox, None)) == environment(in_account(sandbox, ACCOUNT)) == own
    other = environment(in_account(sandbox, LEARNER))
    assert other == {**own, "AWS_ACCESS_KEY_ID": f"AKIASBOX{LEARNER}"}
    assert f"export AWS_ACCESS_KEY_ID='AKIASBOX{LEARNER}'\n" in exports(in_account(sandbox, LEARNER))


@pytest.mark.parametrize("account", ["", "12345", "1111222233334", "abcdefghijkl", "'; rm -rf ~ #"])
def test_what_is_no_account_is_refused(tmp_path: Path, account: str) -> None:
    with pytest.raises(UsageError, match="12 digits"):
        in_account(Sandbox(tmp_path, "http://127.0.0.1:1", 1, 1, ""), account)
