"""The reach of identity policies, and whom a resource policy admits."""

from __future__ import annotations

from typing import Any

import pytest

from labs.iam import (
    EVERYBODY,
    Reach,
    Scope,
    admits,
    lacks,
    reaches,
)
from labs.iam.pattern import matches, wild
from tests.iam.policies import (
    BUCKET,
    OF_ACCOUNT,
    OTHER,
    PARTNER,
    PULL,
    REPO,
    allow,
    deny,
    policy,
    statement,
    to,
    when,
)

REPOSITORIES = "arn:aws:ecr:*:123456789012:repository/?*"
OTHERS = {"within": Scope(PULL, (REPOSITORIES,)), "besides": [Scope(("*",), (REPO,))]}
REACH: list[tuple[str, list[dict[str, Any]], bool | None]] = [
    ("exact", [allow(PULL, REPO)], None),
    ("every-resource", [allow(PULL)], True),
    ("prefix", [allow(PULL, REPO[:-3] + "*")], True),
    ("suffix-star", [allow(PULL, REPO + "*")], True),
    ("one-more-character", [allow(PULL, REPO + "?")], True),
    ("another", [allow(PULL, [REPO, OTHER])], True),
    ("another-action-only", [allow(PULL, REPO), allow("ecr:DescribeRepositories")], None),
    ("one-pull-action", [allow("ecr:BatchGetI*")], True),
    ("another-region", [allow(PULL, REPO.replace("eu-west-1", "*"))], True),
    ("another-account", [allow(PULL, OTHER.replace("123456789012", "999999999999"))], None),
    ("denied-besides", [allow(PULL), deny("*", None, NotResource=REPO)], None),
    ("denied-in-part", [allow(PULL), deny(PULL, REPO[:-3] + "*")], True),
    ("denied-all-but-one-action", [allow(PULL), deny(PULL[:2], None, NotResource=REPO)], True),
    ("denied-sometimes", [allow(PULL), deny("*", None, when("Bool", "aws:SecureTransport", "false"),
     NotResource=REPO)], False),
    ("not-resource", [allow(PULL, None, NotResource=REPO)], True),
    ("not-resource-others", [allow(PULL, None, NotResource="arn:aws:ecr:*")], None),
    ("not-action", [allow(None, NotAction="iam:*")], True),
    ("not-action-ecr", [allow(None, NotAction="ecr:*")], None),
    ("if-tagged", [allow(PULL, "*", when("StringEquals", "aws:ResourceTag/lab", "app"))], False),
    ("if-here", [allow(PULL, "*", when("StringEquals", "aws:RequestedRegion", "us-east-1"))], None),
    ("variable", [allow(PULL, "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}")], False),
    ("nothing", [allow("s3:*")], None),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "certain"), [c[1:] for c in REACH], ids=[c[0] for c in REACH])
def test_reaches_another_repository(statements: Any, certain: bool | None) -> None:
    """Every way to reach a repository besides the one is found, and none is invented."""
    found = reaches([policy(*statements)], **OTHERS, context={"aws:RequestedRegion": "eu-west-1"})  # type: ignore[arg-type] - a table of arguments
    assert (found.certain if found else None) is certain
    if found:
        assert matches(wild(REPOSITORIES), found.resource)
        assert found.resource != REPO
        assert found.action in PULL


@pytest.mark.parametrize(("tag", "reached"), [((REPO,), None), ((OTHER,), OTHER), ((), None)], ids=str)
def test_a_variable_that_is_known_reaches_only_its_value(tag: tuple[str, ...], reached: str | None) -> None:
    own = policy(allow(PULL, "${aws:PrincipalTag/repository}"))
    found = reaches([own], **OTHERS, context={"aws:PrincipalTag/repository": tag})  # type: ignore[arg-type] - a table of arguments
    assert (found.resource if found else None) == reached


ANYWHERE = REPO.replace("eu-west-1", "*").replace("123456789012", "*")
PLACES: list[tuple[str, list[dict[str, Any]], bool | None]] = [
    ("only-here", [allow(PULL, ANYWHERE, {"StringEquals": {
        "aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": "123456789012"}})], None),
    ("denied-elsewhere", [allow(PULL, ANYWHERE),
     deny("*", "*", when("StringNotEquals", "aws:RequestedRegion", "eu-west-1")),
     deny("*", "*", when("StringNotEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))], None),
    ("of-my-account", [allow(PULL, ANYWHERE.replace("*", "eu-west-1", 1),
     when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))], None),
    ("two-regions", [allow(PULL, REPO.replace("eu-west-1", "*"),
     when("StringEquals", "aws:RequestedRegion", "eu-west-1", "eu-central-1"))], True),
    ("regions-of-europe", [allow(PULL, REPO.replace("eu-west-1", "*"),
     when("StringLike", "aws:RequestedRegion", "eu-*"))], True),
    ("all-of-my-account", [allow(PULL, "*",
     when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))], True),
    ("every-account-but-one", [allow(PULL, ANYWHERE.replace("*", "eu-west-1", 1),
     when("StringNotEquals", "aws:ResourceAccount", "999999999999"))], True),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "certain"), [c[1:] for c in PLACES], ids=[c[0] for c in PLACES])
def test_the_arn_of_a_resource_tells_its_region_and_account(statements: Any, certain: bool | None) -> None:
    """Conditions on the Region of a request and the account of a resource are no unknown."""
    within = Scope(PULL, ("arn:aws:ecr:?*:?*:repository/?*",))
    besides = [Scope(("*",), (REPO, "arn:*:*:*:*:*:*"))]
    found = reaches([policy(*statements)], within, besides, principal="arn:aws:iam::123456789012:role/puller")
    assert (found.certain if found else None) is certain


def test_what_policies_leave_out_of_a_scope_is_found() -> None:
    """A condition that may hold leaves out nothing for certain."""
    within = Scope(("s3:GetObject",), (f"{BUCKET}/?*",))
    every, some = allow("s3:Get*", f"{BUCKET}/*"), when("StringEquals", "aws:SourceVpce", "vpce-1")
    assert lacks([policy(every, deny("s3:*", "*", some))], within) is None
    assert lacks([policy(every)], within, boundary=[policy(allow("*", f"{BUCKET}/a*"))]) is not None
    left_out = lacks([policy(every, deny("s3:*", f"{BUCKET}/private/*"))], within)
    assert left_out == Reach("s3:GetObject", f"{BUCKET}/private/", None, certain=True)


def test_a_boundary_shortens_the_reach() -> None:
    """An action that a permissions boundary does not allow is out of reach."""
    assert reaches([policy(allow())], **OTHERS, boundary=[policy(allow("*", REPO))]) is None  # type: ignore[arg-type] - a table of arguments


def test_reach_finds_what_goes_beyond_a_least_policy() -> None:
    """Outside of reading one bucket, a policy for that does nothing, and one with a wildcard does."""
    meant = [Scope(("s3:Get*", "s3:List*"), (BUCKET, f"{BUCKET}/*"))]
    least = policy(allow(["s3:GetObject", "s3:ListBucket"], [BUCKET, f"{BUCKET}/*"]))
    assert reaches([least], Scope(("*",)), meant) is None
    wide = policy(allow("s3:*", f"{BUCKET}/*"))
    assert reaches([wide], Scope(("s3:Put*", "s3:Delete*"))) == Reach(
        "s3:put", f"{BUCKET}/", None, certain=True
    )
    neighbour = reaches([policy(allow("s3:GetObject", f"{BUCKET}*"))], Scope(("*",)), meant)
    assert neighbour is not None
    assert neighbour.resource.startswith(BUCKET)
    assert neighbour.action == "s3:GetObject"


OPEN_TO = [
    ("partner-pulls", [to({"AWS": PARTNER}, PULL)], None),
    ("partner-root", [to({"AWS": f"arn:aws:iam::{PARTNER}:root"}, PULL)], None),
    ("role-of-partner", [to({"AWS": f"arn:aws:iam::{PARTNER}:role/ci"}, PULL)], None),
    ("everybody", [to("*", PULL)], True),
    ("everybody-in-a-list", [to({"AWS": [PARTNER, "*"]}, PULL)], True),
    ("everybody-if-partner", [to("*", PULL, when("StringEquals", "aws:PrincipalAccount", PARTNER))], None),
    ("everybody-if-partner-arn", [to("*", PULL, when("ArnLike", "aws:PrincipalArn",
     f"arn:aws:iam::{PARTNER}:role/*"))], None),
    ("everybody-if-other-arn", [to("*", PULL, when("ArnLike", "aws:PrincipalArn",
     "arn:aws:iam::111111111111:role/*"))], True),
    ("everybody-if-any-arn", [to("*", PULL, when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/ci"))], True),
    ("everybody-if-like-account", [to("*", PULL, when("StringLike", "aws:PrincipalAccount", "21098765*"))], True),
    ("everybody-if-two", [to("*", PULL, when("StringEquals", "aws:PrincipalAccount", PARTNER, "111111111111"))], True),
    ("everybody-if-in-org", [to("*", PULL, when("StringEquals", "aws:PrincipalOrgID", "o-1"))], False),
    ("everybody-if-through-vpce", [to("*", PULL, when("StringEquals", "aws:SourceVpce", "vpce-1"))], False),
    ("deny-all-but-partner", [to("*", PULL), to("*", "*", when("StringNotEquals", "aws:PrincipalAccount",
     PARTNER), "Deny")], None),
    ("second-account", [to({"AWS": PARTNER}, PULL), to({"AWS": "111111111111"}, "ecr:DescribeImages")], True),
    ("a-role-elsewhere", [to({"AWS": [PARTNER, "arn:aws:iam::111111111111:role/x"]}, PULL)], True),
    ("a-service", [to({"Service": "lambda.amazonaws.com"}, PULL)], True),
    ("a-service-for-an-account", [to({"Service": "lambda.amazonaws.com"}, PULL, OF_ACCOUNT)], False),
    ("not-principal", [statement("Allow", PULL, None, None, NotPrincipal={"AWS": PARTNER})], True),
    ("partner-pushes", [to({"AWS": PARTNER}, [*PULL, "ecr:PutImage"])], True),
    ("partner-does-all", [to({"AWS": PARTNER}, "ecr:*")], True),
    ("partner-batches", [to({"AWS": PARTNER}, "ecr:Batch*")], True),
    ("partner-role-pushes", [to({"AWS": PARTNER}, PULL), to({"AWS": f"arn:aws:iam::{PARTNER}:role/ci"},
     "ecr:PutImage")], True),
    ("partner-not-action", [statement("Allow", None, None, None, NotAction=list(PULL),
     Principal={"AWS": PARTNER})], True),
    ("partner-all-but-denied", [to({"AWS": PARTNER}, "ecr:*"), statement("Deny", None, None, None,
     NotAction=list(PULL), Principal="*")], None),
    ("wrong-case-is-the-same", [to({"AWS": PARTNER}, ["ECR:batchgetimage"])], None),
    ("only-a-deny", [to("*", "*", effect="Deny")], None),
    ("a-deleted-role", [to({"AWS": "AROAEXAMPLEID"}, PULL)], True),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "certain"), [c[1:] for c in OPEN_TO], ids=[c[0] for c in OPEN_TO])
def test_admits(statements: Any, certain: bool | None) -> None:
    """A repository policy that lets a partner pull admits nobody else, and the partner to nothing else."""
    found = admits(policy(*statements), REPO, guests={PARTNER: PULL})
    assert (found.certain if found else None) is certain


def test_admits_names_who_and_what() -> None:
    """The example says which principal may do which action."""
    found = admits(policy(to({"AWS": [PARTNER, "111111111111"]}, PULL)), REPO, guests={PARTNER: PULL})
    assert found is not None
    assert (found.principal, found.action) == ("111111111111", "ecr:BatchGetImage")


REAL = (*PULL, "ecr:BatchDeleteImage", "ecr:DescribeImages")


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ("ecr:GetDownloadUrl*", None),
        ("ecr:BatchCheck*", None),
        ("ecr:PutImage", None),
        ("ecr:batch*", "ecr:BatchDeleteImage"),
        ("*", "ecr:BatchDeleteImage"),
        ("ecr:describeimages", "ecr:DescribeImages"),
    ],
)
def test_a_wildcard_stands_for_the_actions_that_there_are(actions: str, message: str | None) -> None:
    """Where the question names every action there is, an example is one of these, as it is spelt there."""
    found = admits(policy(to({"AWS": PARTNER}, actions)), REPO, guests={PARTNER: PULL}, within=REAL)
    assert (found.action if found else None) == message


def test_everybody_is_a_guest() -> None:
    """A website: anybody may read objects, and nobody may do more."""
    read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}
    guests = {EVERYBODY: ["s3:GetObject"]}
    assert admits(policy(read), "arn:aws:s3:::site/index.html", guests=guests) is None
    found = admits(policy({**read, "Action": "s3:*"}), "arn:aws:s3:::site/index.html", guests=guests)
    assert found is not None
    assert found.action != "s3:GetObject"
