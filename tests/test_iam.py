"""The evaluator of IAM policies: a battery of cases, and properties that hold for all policies."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.iam import (
    ANONYMOUS,
    Decision,
    Malformed,
    Policy,
    Reach,
    Request,
    Scope,
    Undecidable,
    admits,
    decide,
    explain,
    lets,
    reaches,
    trusts,
)
from labs.iam.pattern import matches, representatives, wild

REPO = "arn:aws:ecr:eu-west-1:123456789012:repository/labs/app"
OTHER = "arn:aws:ecr:eu-west-1:123456789012:repository/labs/other"
OBJECT = "arn:aws:s3:::labs-task-data/input.csv"
BUCKET = "arn:aws:s3:::labs-task-data"
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
ROLE = "arn:aws:iam::123456789012:role/labs-ecr-puller"
USER = "arn:aws:iam::123456789012:user/ana"
SESSION = "arn:aws:sts::123456789012:assumed-role/labs-ecr-puller/i-1"
PARTNER = "210987654321"
YES, DENIED, NO = Decision.ALLOWED, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY


def allow(action: Any = "*", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    return statement("Allow", action, resource, condition, **more)


def deny(action: Any = "*", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    return statement("Deny", action, resource, condition, **more)


def statement(effect: str, action: Any, resource: Any, condition: Any, **more: Any) -> dict[str, Any]:
    block = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition, **more}
    return {element: value for element, value in block.items() if value is not None}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Policy:
    return Policy.parse({"Version": version, "Statement": list(statements)})


def when(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return {operator: {key: list(values)}}


MATCHING = [
    ("star-action", [allow("*")], "ecr:PutImage", REPO, YES),
    ("service-star", [allow("ecr:*")], "ecr:PutImage", REPO, YES),
    ("service-star-other-service", [allow("ecr:*")], "ecs:RunTask", "*", NO),
    ("service-name-is-no-prefix", [allow("ecr:*")], "ecr-public:PutImage", "*", NO),
    ("prefix-star", [allow("ecr:Batch*")], "ecr:BatchGetImage", REPO, YES),
    ("prefix-star-not", [allow("ecr:Batch*")], "ecr:PutImage", REPO, NO),
    ("star-in-the-middle", [allow("ecr:*Image")], "ecr:BatchGetImage", REPO, YES),
    ("star-matches-nothing", [allow("ecr:PutImage*")], "ecr:PutImage", REPO, YES),
    ("star-suffix-anchored", [allow("ecr:*Image")], "ecr:DescribeImages", REPO, NO),
    ("question-mark", [allow("ecr:Put?mage")], "ecr:PutImage", REPO, YES),
    ("question-mark-is-one", [allow("ecr:PutImage?")], "ecr:PutImage", REPO, NO),
    ("question-mark-not-two", [allow("ecr:P?Image")], "ecr:PutImage", REPO, NO),
    ("action-case", [allow("ECR:putimage")], "ecr:PutImage", REPO, YES),
    ("request-case", [allow("ecr:PutImage")], "ECR:PUTIMAGE", REPO, YES),
    ("resource-case", [allow("*", REPO.replace("labs", "Labs"))], "ecr:PutImage", REPO, NO),
    ("action-list", [allow(["ecr:PutImage", "ecr:BatchGetImage"])], "ecr:BatchGetImage", REPO, YES),
    ("resource-exact", [allow("*", REPO)], "ecr:PutImage", REPO, YES),
    ("resource-other", [allow("*", REPO)], "ecr:PutImage", OTHER, NO),
    ("resource-prefix-is-not-enough", [allow("*", REPO)], "ecr:PutImage", REPO + "2", NO),
    ("resource-star", [allow("*", REPO[:-3] + "*")], "ecr:PutImage", OTHER, YES),
    ("resource-star-crosses-slash", [allow("*", f"{BUCKET}/*")], "s3:GetObject", f"{BUCKET}/a/b", YES),
    ("bucket-arn-is-no-object", [allow("s3:GetObject", BUCKET)], "s3:GetObject", OBJECT, NO),
    ("object-arn-is-no-bucket", [allow("*", f"{BUCKET}/*")], "s3:ListBucket", BUCKET, NO),
    ("resource-question-mark", [allow("*", REPO[:-1] + "?")], "ecr:PutImage", REPO, YES),
    ("resource-list", [allow("*", [OTHER, REPO])], "ecr:PutImage", REPO, YES),
    ("resource-region", [allow("*", REPO.replace("eu-west-1", "*"))], "ecr:PutImage", REPO, YES),
    ("resource-wrong-region", [allow("*", REPO.replace("eu-west-1", "eu-west-2"))], "ecr:PutImage", REPO, NO),
    ("incomplete-arn", [allow("*", "arn:aws:ecr")], "ecr:PutImage", REPO, YES),
    ("incomplete-arn-region", [allow("*", "arn:aws:ecr:eu-west-2")], "ecr:PutImage", REPO, NO),
    ("regex-signs-are-literal", [allow("*", "arn:aws:s3:::labs.task-data/*")], "s3:GetObject", OBJECT, NO),
    (
        "token-on-the-repository",
        [allow("ecr:GetAuthorizationToken", REPO)],
        "ecr:GetAuthorizationToken",
        "*",
        NO,
    ),
    ("token-on-star", [allow("ecr:GetAuthorizationToken")], "ecr:GetAuthorizationToken", "*", YES),
    ("nothing", [allow("s3:*")], "ecr:PutImage", REPO, NO),
    ("deny-beats-allow", [allow(), deny("ecr:PutImage")], "ecr:PutImage", REPO, DENIED),
    ("deny-first", [deny("ecr:PutImage"), allow()], "ecr:PutImage", REPO, DENIED),
    ("deny-of-something-else", [allow(), deny("ecr:PutImage")], "ecr:BatchGetImage", REPO, YES),
    ("deny-of-another-resource", [allow(), deny("*", OTHER)], "ecr:PutImage", REPO, YES),
    ("deny-without-allow", [deny("ecr:PutImage")], "ecr:PutImage", REPO, DENIED),
    ("not-action-allows-rest", [allow(None, NotAction="iam:*")], "ecr:PutImage", REPO, YES),
    ("not-action-leaves-out", [allow(None, NotAction="ecr:*")], "ecr:PutImage", REPO, NO),
    ("not-action-case", [allow(None, NotAction="ECR:*")], "ecr:PutImage", REPO, NO),
    ("not-action-list", [allow(None, NotAction=["iam:*", "ecr:Put*"])], "ecr:PutImage", REPO, NO),
    ("deny-not-action", [allow(), deny(None, NotAction="ecr:*")], "s3:GetObject", OBJECT, DENIED),
    ("deny-not-action-spares", [allow(), deny(None, NotAction="ecr:*")], "ecr:PutImage", REPO, YES),
    ("not-resource", [allow("*", None, NotResource=OTHER)], "ecr:PutImage", REPO, YES),
    ("not-resource-itself", [allow("*", None, NotResource=REPO)], "ecr:PutImage", REPO, NO),
    ("not-resource-star", [allow("*", None, NotResource="arn:aws:ecr:*")], "ecr:PutImage", REPO, NO),
    ("deny-not-resource", [allow(), deny("*", None, NotResource=REPO)], "ecr:PutImage", OTHER, DENIED),
    ("deny-not-resource-spares", [allow(), deny("*", None, NotResource=REPO)], "ecr:PutImage", REPO, YES),
    ("principal-in-an-identity-policy", [allow(Principal="*")], "ecr:PutImage", REPO, NO),
]


@pytest.mark.parametrize(
    ("statements", "action", "resource", "expected"), [c[1:] for c in MATCHING], ids=[c[0] for c in MATCHING]
)
def test_actions_and_resources(statements: Any, action: str, resource: str, expected: Decision) -> None:
    """Wildcards, case, Not-elements and Deny decide as AWS documents them."""
    assert decide(Request(action, resource), [policy(*statements)]) is expected


NOON = "2026-11-22T12:00:00Z"
CONDITIONS = [
    ("equals", when("StringEquals", "aws:RequestedRegion", "eu-west-1"), {"aws:RequestedRegion": "eu-west-1"}, True),
    ("equals-other", when("StringEquals", "aws:RequestedRegion", "eu-west-1"),
     {"aws:RequestedRegion": "eu-west-2"}, False),
    ("equals-one-of", when("StringEquals", "k", "a", "b"), {"k": "b"}, True),
    ("equals-case", when("StringEquals", "k", "A"), {"k": "a"}, False),
    ("equals-star-is-literal", when("StringEquals", "k", "a*"), {"k": "ab"}, False),
    ("equals-missing", when("StringEquals", "k", "a"), {}, False),
    ("key-case", when("StringEquals", "AWS:requestedregion", "a"), {"aws:RequestedRegion": "a"}, True),
    ("operator-case", when("stringequals", "k", "a"), {"k": "a"}, True),
    ("single-value", {"StringEquals": {"k": "a"}}, {"k": "a"}, True),
    ("not-equals", when("StringNotEquals", "k", "a"), {"k": "b"}, True),
    ("not-equals-same", when("StringNotEquals", "k", "a"), {"k": "a"}, False),
    ("not-equals-any-of", when("StringNotEquals", "k", "a", "b"), {"k": "b"}, False),
    ("not-equals-missing", when("StringNotEquals", "k", "a"), {}, True),
    ("ignore-case", when("StringEqualsIgnoreCase", "k", "ABC"), {"k": "abc"}, True),
    ("not-ignore-case", when("StringNotEqualsIgnoreCase", "k", "ABC"), {"k": "abc"}, False),
    ("like", when("StringLike", "k", "eu-*"), {"k": "eu-west-1"}, True),
    ("like-one", when("StringLike", "k", "eu-west-?"), {"k": "eu-west-1"}, True),
    ("like-not", when("StringLike", "k", "us-*"), {"k": "eu-west-1"}, False),
    ("not-like", when("StringNotLike", "k", "us-*"), {"k": "eu-west-1"}, True),
    ("not-like-missing", when("StringNotLike", "k", "us-*"), {}, True),
    ("arn-like", when("ArnLike", "k", "arn:aws:ecs:*:123456789012:*"),
     {"k": "arn:aws:ecs:eu-west-1:123456789012:task/a"}, True),
    ("arn-like-account", when("ArnLike", "k", "arn:aws:ecs:*:123456789012:*"),
     {"k": "arn:aws:ecs:eu-west-1:1:task/a"}, False),
    ("arn-like-field-by-field", when("ArnLike", "k", "arn:aws:ecs:*:task/a"),
     {"k": "arn:aws:ecs:eu-west-1:1:task/a"}, False),
    ("arn-equals-takes-wildcards", when("ArnEquals", "k", "arn:aws:sns:*:*:t"),
     {"k": "arn:aws:sns:eu-west-1:1:t"}, True),
    ("arn-not-like", when("ArnNotLike", "k", "arn:aws:sns:*:*:t"), {"k": "arn:aws:sns:eu-west-1:1:t"}, False),
    ("arn-not-equals-missing", when("ArnNotEquals", "k", "arn:aws:sns:*:*:t"), {}, True),
    ("arn-star", when("ArnLike", "k", "*"), {"k": "arn:aws:sns:eu-west-1:1:t"}, True),
    ("bool", {"Bool": {"aws:SecureTransport": True}}, {"aws:SecureTransport": True}, True),
    ("bool-text", when("Bool", "aws:SecureTransport", "TRUE"), {"aws:SecureTransport": "true"}, True),
    ("bool-false", when("Bool", "aws:SecureTransport", "false"), {"aws:SecureTransport": True}, False),
    ("bool-missing", when("Bool", "aws:MultiFactorAuthPresent", "false"), {}, False),
    ("bool-if-exists", when("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), {}, True),
    ("null-absent", when("Null", "k", "true"), {}, True),
    ("null-absent-but-there", when("Null", "k", "true"), {"k": "a"}, False),
    ("null-present", when("Null", "k", "false"), {"k": "a"}, True),
    ("null-present-but-absent", when("Null", "k", "false"), {}, False),
    ("numeric-equals", when("NumericEquals", "k", "10"), {"k": "10.0"}, True),
    ("numeric-not-equals", when("NumericNotEquals", "k", 10), {"k": 11}, True),
    ("numeric-less", when("NumericLessThan", "k", "10"), {"k": "9"}, True),
    ("numeric-less-is-strict", when("NumericLessThan", "k", "10"), {"k": "10"}, False),
    ("numeric-less-equals", when("NumericLessThanEquals", "k", "10"), {"k": "10"}, True),
    ("numeric-greater", when("NumericGreaterThan", "k", "9"), {"k": "10"}, True),
    ("numeric-greater-equals", when("NumericGreaterThanEquals", "k", "11"), {"k": "10"}, False),
    ("numeric-no-number", when("NumericEquals", "k", "ten"), {"k": "10"}, False),
    ("date-after", when("DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"), {"aws:CurrentTime": NOON}, True),
    ("date-expired", when("DateLessThan", "aws:CurrentTime", "2026-01-01"), {"aws:CurrentTime": NOON}, False),
    ("date-epoch", when("DateGreaterThan", "aws:EpochTime", "1700000000"), {"aws:EpochTime": 1800000000}, True),
    ("date-equals-zone", when("DateEquals", "k", "2026-11-22T13:00:00+01:00"), {"k": NOON}, True),
    ("date-no-date", when("DateEquals", "k", "tomorrow"), {"k": NOON}, False),
    ("ip", when("IpAddress", "aws:SourceIp", "10.0.0.0/8"), {"aws:SourceIp": "10.1.2.3"}, True),
    ("ip-single", when("IpAddress", "aws:SourceIp", "10.1.2.3"), {"aws:SourceIp": "10.1.2.3"}, True),
    ("ip-outside", when("IpAddress", "aws:SourceIp", "10.0.0.0/8"), {"aws:SourceIp": "11.1.2.3"}, False),
    ("ip-not", when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"), {"aws:SourceIp": "11.1.2.3"}, True),
    ("ip-six", when("IpAddress", "aws:SourceIp", "2001:db8::/32"), {"aws:SourceIp": "2001:db8::1"}, True),
    ("ip-mixed", when("IpAddress", "aws:SourceIp", "2001:db8::/32"), {"aws:SourceIp": "10.0.0.1"}, False),
    ("binary", when("BinaryEquals", "k", "QmluYXJ5"), {"k": "QmluYXJ5"}, True),
    ("if-exists-there", when("StringEqualsIfExists", "k", "a"), {"k": "b"}, False),
    ("if-exists-missing", when("StringEqualsIfExists", "k", "a"), {}, True),
    ("any-value", when("ForAnyValue:StringEquals", "k", "a", "b"), {"k": ["c", "b"]}, True),
    ("any-value-none", when("ForAnyValue:StringEquals", "k", "a"), {"k": ["c", "b"]}, False),
    ("any-value-missing", when("ForAnyValue:StringEquals", "k", "a"), {}, False),
    ("any-value-not", when("ForAnyValue:StringNotEquals", "k", "a"), {"k": ["a", "b"]}, True),
    ("any-value-not-missing", when("ForAnyValue:StringNotEquals", "k", "a"), {}, False),
    ("all-values", when("ForAllValues:StringLike", "k", "a*", "b"), {"k": ["ab", "b"]}, True),
    ("all-values-one-too-many", when("ForAllValues:StringEquals", "k", "a"), {"k": ["a", "b"]}, False),
    ("all-values-missing", when("ForAllValues:StringEquals", "k", "a"), {}, True),
    ("all-values-not", when("ForAllValues:StringNotEquals", "k", "a"), {"k": ["b", "c"]}, True),
    ("two-operators", {"StringEquals": {"a": "1"}, "StringLike": {"b": "2*"}}, {"a": "1", "b": "3"}, False),
    ("two-keys", {"StringEquals": {"a": "1", "b": "2"}}, {"a": "1", "b": "2"}, True),
    ("two-keys-one-wrong", {"StringEquals": {"a": "1", "b": "2"}}, {"a": "1", "b": "3"}, False),
    ("no-conditions", {}, {}, True),
    ("variable", when("StringEquals", "k", "${aws:username}"), {"k": "ana", "aws:username": "ana"}, True),
    ("variable-other", when("StringEquals", "k", "${aws:username}"), {"k": "bo", "aws:username": "ana"}, False),
    ("variable-missing", when("StringEquals", "k", "${aws:username}"), {"k": "ana"}, False),
    ("variable-default", when("StringEquals", "k", "${aws:username, 'ana'}"), {"k": "ana"}, True),
    ("variable-star-is-literal", when("StringLike", "k", "${*}"), {"k": "ana"}, False),
    ("variable-value-star-is-literal", when("StringLike", "k", "${v}"), {"k": "ana", "v": "*"}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "context", "expected"), [c[1:] for c in CONDITIONS], ids=[c[0] for c in CONDITIONS]
)
def test_conditions(condition: Any, context: Any, expected: bool) -> None:
    """A condition holds, or not, alike for an Allow and for a Deny."""
    request = Request("ecr:PutImage", REPO, context=context)
    assert decide(request, [policy(allow("*", "*", condition))]) is (YES if expected else NO)
    assert decide(request, [policy(allow(), deny("*", "*", condition))]) is (DENIED if expected else YES)


def resource_policy(*statements: dict[str, Any]) -> Policy:
    return policy(*statements)


def to(
    principal: Any, action: Any = "ecr:BatchGetImage", condition: Any = None, effect: str = "Allow"
) -> dict[str, Any]:
    return statement(effect, action, None, condition, Principal=principal)


PULLS = [policy(allow("ecr:BatchGetImage"))]
BOUNDARY_S3 = [policy(allow("s3:*"))]
SIDES: list[tuple[str, dict[str, Any], Decision]] = [
    ("identity-only", {"identity": PULLS}, YES),
    ("nothing-at-all", {}, NO),
    ("boundary-agrees", {"identity": PULLS, "boundary": [policy(allow("ecr:*"))]}, YES),
    ("boundary-limits", {"identity": PULLS, "boundary": BOUNDARY_S3}, NO),
    ("boundary-grants-nothing", {"boundary": [policy(allow())]}, NO),
    ("boundary-denies", {"identity": PULLS, "boundary": [policy(allow(), deny("ecr:*"))]}, DENIED),
    ("empty-boundary", {"identity": PULLS, "boundary": []}, NO),
    ("session-limits", {"identity": PULLS, "session": BOUNDARY_S3}, NO),
    ("session-agrees", {"identity": PULLS, "session": PULLS}, YES),
    ("session-and-boundary", {"identity": PULLS, "session": PULLS, "boundary": BOUNDARY_S3}, NO),
    ("resource-adds-in-account", {"resource_policy": resource_policy(to({"AWS": ROLE}))}, YES),
    ("resource-star-adds", {"resource_policy": resource_policy(to("*"))}, YES),
    ("resource-names-another", {"resource_policy": resource_policy(to({"AWS": USER}))}, NO),
    ("account-only-delegates", {"resource_policy": resource_policy(to({"AWS": "123456789012"}))}, NO),
    ("delegated-and-granted", {"identity": PULLS,
     "resource_policy": resource_policy(to({"AWS": "123456789012"}))}, YES),
    ("resource-denies", {"identity": PULLS, "resource_policy": resource_policy(to("*", effect="Deny"))}, DENIED),
    ("resource-denies-account", {"identity": PULLS,
     "resource_policy": resource_policy(to({"AWS": "123456789012"}, effect="Deny"))}, DENIED),
    ("role-grant-within-boundary", {"boundary": BOUNDARY_S3,
     "resource_policy": resource_policy(to({"AWS": ROLE}))}, NO),
    ("cross-account-both", {"identity": PULLS, "same_account": False,
     "resource_policy": resource_policy(to({"AWS": ROLE}))}, YES),
    ("cross-account-by-account", {"identity": PULLS, "same_account": False,
     "resource_policy": resource_policy(to({"AWS": "123456789012"}))}, YES),
    ("cross-account-identity-only", {"identity": PULLS, "same_account": False}, NO),
    ("cross-account-resource-only", {"same_account": False, "resource_policy": resource_policy(to({"AWS": ROLE}))}, NO),
    ("cross-account-other-account", {"identity": PULLS, "same_account": False,
     "resource_policy": resource_policy(to({"AWS": PARTNER}))}, NO),
]  # fmt: skip


@pytest.mark.parametrize(("sides", "expected"), [c[1:] for c in SIDES], ids=[c[0] for c in SIDES])
def test_sides(sides: dict[str, Any], expected: Decision) -> None:
    """Identity, boundary, session and resource policies combine as AWS documents it."""
    assert decide(Request("ecr:BatchGetImage", REPO, ROLE), **sides) is expected


@pytest.mark.parametrize("principal", [USER, SESSION])
def test_a_grant_to_a_user_or_session_passes_the_boundary(principal: str) -> None:
    """A resource's policy that names this very user or session is not limited by a boundary that is silent."""
    grant = resource_policy(to({"AWS": principal}))
    assert (
        decide(Request("ecr:BatchGetImage", REPO, principal), boundary=BOUNDARY_S3, resource_policy=grant)
        is YES
    )


LETS = [
    ("account-number", [to({"AWS": PARTNER})], PARTNER, True),
    ("account-root", [to({"AWS": f"arn:aws:iam::{PARTNER}:root"})], PARTNER, True),
    ("account-asked-as-root", [to({"AWS": PARTNER})], f"arn:aws:iam::{PARTNER}:root", True),
    ("role-of-a-named-account", [to({"AWS": PARTNER})], f"arn:aws:iam::{PARTNER}:role/ci", True),
    ("only-a-role-of-the-account", [to({"AWS": f"arn:aws:iam::{PARTNER}:role/ci"})], PARTNER, False),
    ("that-role", [to({"AWS": f"arn:aws:iam::{PARTNER}:role/ci"})], f"arn:aws:iam::{PARTNER}:role/ci", True),
    ("session-of-that-role", [to({"AWS": ROLE})], SESSION, True),
    ("session-of-a-role-with-a-path", [to({"AWS": ROLE.replace("role/", "role/team/")})], SESSION, True),
    ("a-named-session-is-not-the-role", [to({"AWS": SESSION})], ROLE, False),
    ("a-named-session-is-not-another", [to({"AWS": SESSION})], SESSION.replace("i-1", "i-2"), False),
    ("star", [to("*")], PARTNER, True),
    ("aws-star", [to({"AWS": "*"})], PARTNER, True),
    ("anonymous", [to("*")], ANONYMOUS, True),
    ("anonymous-is-no-account", [to({"AWS": PARTNER})], ANONYMOUS, False),
    ("list", [to({"AWS": ["111111111111", PARTNER]})], PARTNER, True),
    ("other-account", [to({"AWS": "111111111111"})], PARTNER, False),
    ("service", [to({"Service": "lambda.amazonaws.com"})], "lambda.amazonaws.com", True),
    ("service-under-aws", [to({"AWS": PARTNER})], "lambda.amazonaws.com", False),
    ("deny-wins", [to({"AWS": PARTNER}), to("*", effect="Deny")], PARTNER, False),
    ("other-action", [to({"AWS": PARTNER}, "ecr:PutImage")], PARTNER, False),
    ("not-principal", [statement("Allow", "*", None, None, NotPrincipal={"AWS": "111111111111"})], PARTNER, True),
    ("not-principal-itself", [statement("Allow", "*", None, None, NotPrincipal={"AWS": PARTNER})], PARTNER, False),
    ("deny-not-principal", [to({"AWS": PARTNER}), statement("Deny", "*", None, None,
     NotPrincipal={"AWS": "111111111111"})], PARTNER, False),
    ("star-if-account", [to("*", condition=when("StringEquals", "aws:PrincipalAccount", PARTNER))], PARTNER, True),
    ("star-if-other-account", [to("*", condition=when("StringEquals", "aws:PrincipalAccount", "111111111111"))],
     PARTNER, False),
    ("deny-unless-account", [to("*"), to("*", condition=when("StringNotEquals", "aws:PrincipalAccount",
     PARTNER), effect="Deny")], PARTNER, True),
    ("deny-unless-other", [to("*"), to("*", condition=when("StringNotEquals", "aws:PrincipalAccount", "1"),
     effect="Deny")], PARTNER, False),
    ("resource-of-the-policy", [statement("Allow", "*", OTHER, None, Principal="*")], PARTNER, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "principal", "expected"), [c[1:] for c in LETS], ids=[c[0] for c in LETS]
)
def test_lets(statements: Any, principal: str, expected: bool) -> None:
    """A resource's policy lets in whom it names, in every form of an account."""
    assert lets(resource_policy(*statements), principal, "ecr:BatchGetImage", REPO) is expected


def trust(
    principal: Any, condition: Any = None, action: Any = "sts:AssumeRole", effect: str = "Allow"
) -> dict[str, Any]:
    return statement(effect, action, None, condition, Principal=principal)


TASKS = "ecs-tasks.amazonaws.com"
OF_ACCOUNT = when("StringEquals", "aws:SourceAccount", "123456789012")
OF_ECS = when("ArnLike", "aws:SourceArn", "arn:aws:ecs:eu-west-1:123456789012:*")
SENT = {
    "aws:SourceAccount": "123456789012",
    "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:task/labs/0123",
}
TRUST = [
    ("service", [trust({"Service": TASKS})], True),
    ("list", [trust({"Service": ["ec2.amazonaws.com", TASKS]})], True),
    ("other-service", [trust({"Service": "ec2.amazonaws.com"})], False),
    ("ecs-is-not-ecs-tasks", [trust({"Service": "ecs.amazonaws.com"})], False),
    ("account", [trust({"AWS": "arn:aws:iam::123456789012:root"})], False),
    ("service-name-as-account", [trust({"AWS": TASKS})], True),
    ("wrong-action", [trust({"Service": TASKS}, action="sts:TagSession")], False),
    ("two-actions", [trust({"Service": TASKS}, action=["sts:AssumeRole", "sts:TagSession"])], True),
    ("sts-star", [trust({"Service": TASKS}, action="sts:*")], True),
    ("deny", [trust({"Service": TASKS}), trust({"Service": TASKS}, effect="Deny")], False),
    ("deny-star", [trust({"Service": TASKS}), trust("*", effect="Deny")], False),
    ("deny-other", [trust({"Service": TASKS}), trust({"AWS": "111111111111"}, effect="Deny")], True),
    ("confused-deputy-account", [trust({"Service": TASKS}, OF_ACCOUNT)], True),
    ("confused-deputy-arn", [trust({"Service": TASKS}, OF_ECS)], True),
    ("confused-deputy-other-account", [trust({"Service": TASKS}, when("StringEquals", "aws:SourceAccount",
     "1"))], False),
    ("two-statements", [trust({"AWS": "123456789012"}), trust({"Service": TASKS})], True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "expected"),
    [c[1:] for c in TRUST if c[0] != "service-name-as-account"],
    ids=[c[0] for c in TRUST if c[0] != "service-name-as-account"],
)
def test_trusts(statements: Any, expected: bool) -> None:
    """A role is assumed by the service that its trust policy allows, under conditions that the service meets."""
    assert trusts(policy(*statements), TASKS, SENT) is expected


def test_a_service_is_not_an_aws_principal() -> None:
    """A service's name under AWS names nobody."""
    assert not trusts(policy(trust({"AWS": TASKS})), TASKS, SENT)


MALFORMED: list[tuple[str, Any, str]] = [
    ("not-json", "{'Statement': []}", "not JSON"),
    ("empty", "", "not JSON"),
    ("a-list", "[]", "JSON object"),
    ("no-statement", {"Version": "2012-10-17"}, "no Statement"),
    ("empty-statement", {"Statement": []}, "no Statement"),
    ("statement-is-text", {"Statement": ["allow"]}, "statement 1 is not an object"),
    ("version", {"Version": "2012-10-18", "Statement": [allow()]}, "2012-10-18"),
    ("effect", {"Statement": [{**allow(), "Effect": "allow"}]}, "Effect of statement 1"),
    ("no-action", {"Statement": [allow(None)]}, "neither Action nor NotAction"),
    ("both-actions", {"Statement": [allow("*", NotAction="*")]}, "both Action and NotAction"),
    ("both-resources", {"Statement": [allow("*", NotResource="*")]}, "both Resource and NotResource"),
    ("both-principals", {"Statement": [allow(Principal="*", NotPrincipal="*")]}, "both Principal"),
    ("no-resource", {"Statement": [allow(), allow("*", None)]}, "statement 2 has neither a Resource"),
    ("action-number", {"Statement": [allow(5)]}, "Action of statement 1"),
    ("action-empty-list", {"Statement": [allow([])]}, "Action of statement 1"),
    ("resource-mixed", {"Statement": [allow("*", ["*", 3])]}, "Resource of statement 1"),
    ("unknown-element", {"Statement": [{**allow(), "Actions": "*"}]}, "'Actions'"),
    ("unknown-top-element", {"Statements": [allow()], "Statement": [allow()]}, "'Statements'"),
    ("principal-text", {"Statement": [allow(Principal="123456789012")]}, "neither * nor an object"),
    ("principal-kind", {"Statement": [allow(Principal={"Aws": "*"})]}, "'Aws'"),
    ("condition-list", {"Statement": [allow(condition=["a"])]}, "Condition of statement 1"),
    ("condition-flat", {"Statement": [allow(condition={"StringEquals": "a"})]}, "StringEquals of statement 1"),
    ("condition-value", {"Statement": [allow(condition={"StringEquals": {"k": {}}})]}, "StringEquals"),
    ("twice", '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}',
     "'Effect' stands twice"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "says"), [c[1:] for c in MALFORMED], ids=[c[0] for c in MALFORMED])
def test_malformed(document: Any, says: str) -> None:
    """What is no policy is refused with a sentence that says where."""
    with pytest.raises(Malformed, match=re.escape(says)):
        Policy.parse(document)


def test_a_single_statement_and_single_strings_are_read() -> None:
    """Statement may be an object, and every list one string, in text as in what was read from it."""
    block = allow("ecr:PutImage", REPO, Sid="one")
    text = Policy.parse(json.dumps({"Statement": block}), "p")
    assert text == Policy.parse({"Statement": [{**block, "Action": ["ecr:PutImage"]}]}, "p")
    assert (text.name, text.statements[0].sid) == ("p", "one")


def test_version_2008_has_no_variables() -> None:
    """Before 2012 a policy variable is plain text."""
    block = allow("*", "arn:aws:s3:::${aws:username}/*")
    request = Request("s3:GetObject", "arn:aws:s3:::ana/x", context={"aws:username": "ana"})
    assert decide(request, [policy(block)]) is YES
    assert decide(request, [policy(block, version="2008-10-17")]) is NO
    assert decide(request, [Policy.parse({"Statement": block})]) is NO


RESOURCE_VARIABLES = [
    ("filled", "arn:aws:s3:::${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/Team": "labs"}, YES),
    ("other", "arn:aws:s3:::${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": "x"}, NO),
    ("missing", "arn:aws:s3:::${aws:PrincipalTag/team}/*", {}, NO),
    (
        "several-values",
        "arn:aws:s3:::${aws:PrincipalTag/team}/*",
        {"aws:PrincipalTag/team": ["labs", "x"]},
        NO,
    ),
    ("tag-with-a-wildcard", "arn:aws:s3:::${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": "l*"}, NO),
    ("nonsense", "arn:aws:s3:::${}/*", {}, NO),
]


@pytest.mark.parametrize(
    ("resource", "context", "expected"),
    [c[1:] for c in RESOURCE_VARIABLES],
    ids=[c[0] for c in RESOURCE_VARIABLES],
)
def test_variables_in_resources(resource: str, context: Any, expected: Decision) -> None:
    """A variable stands for its one value, literally; without one the pattern matches nothing."""
    assert (
        decide(
            Request("s3:GetObject", "arn:aws:s3:::labs/x", context=context), [policy(allow("*", resource))]
        )
        is expected
    )


UNKNOWN_OPERATOR = when("StringSounds", "k", "a")


def test_an_unknown_operator_is_never_taken_for_true_or_false() -> None:
    """A decision that hangs on an operator we do not know has no answer; one that does not, has."""
    request = Request("ecr:PutImage", REPO, context={"k": "a"})
    for statements in ([allow(condition=UNKNOWN_OPERATOR)], [allow(), deny(condition=UNKNOWN_OPERATOR)]):
        with pytest.raises(Undecidable, match="not understood"):
            decide(request, [policy(*statements)])
    assert decide(request, [policy(allow(), allow(condition=UNKNOWN_OPERATOR))]) is YES
    assert decide(request, [policy(deny(), deny(condition=UNKNOWN_OPERATOR))]) is DENIED
    assert decide(request, [policy(deny(condition=UNKNOWN_OPERATOR))]) is NO


OPEN = [
    ("allow", [allow(condition=when("StringEquals", "aws:SourceVpce", "vpce-1"))], "aws:sourcevpce"),
    (
        "deny",
        [allow(), deny(condition=when("StringNotEquals", "aws:SourceVpce", "vpce-1"))],
        "aws:sourcevpce",
    ),
    ("null", [allow(condition=when("Null", "aws:TokenIssueTime", "true"))], "aws:tokenissuetime"),
    (
        "if-exists",
        [allow(condition=when("BoolIfExists", "aws:SecureTransport", "true"))],
        "aws:securetransport",
    ),
    ("resource", [allow("*", "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/app")], "variable"),
]


@pytest.mark.parametrize(("statements", "says"), [c[1:] for c in OPEN], ids=[c[0] for c in OPEN])
def test_an_open_request_does_not_guess(statements: Any, says: str) -> None:
    """What hangs on a key that we do not know is undecidable, and the message names the key."""
    with pytest.raises(Undecidable, match=says):
        decide(Request("ecr:PutImage", REPO, open=True), [policy(*statements)])


def test_an_open_request_is_decided_where_the_unknown_does_not_matter() -> None:
    """A plain Allow beside a conditional one, a key that is known to be absent, a resource that cannot match."""
    vpce = when("StringEquals", "aws:SourceVpce", "vpce-1")
    tagged = "arn:aws:s3:::${aws:PrincipalTag/team}/*"
    assert decide(Request("ecr:PutImage", REPO, open=True), [policy(allow(condition=vpce), allow())]) is YES
    absent = Request("ecr:PutImage", REPO, context={"aws:SourceVpce": ()}, open=True)
    assert decide(absent, [policy(allow(condition=vpce))]) is NO
    assert decide(Request("ecr:PutImage", REPO, open=True), [policy(allow("*", tagged))]) is NO


def test_an_explanation_names_the_decisive_statements() -> None:
    """What allowed is named where it is allowed, what denied where it is denied, nothing where nothing spoke."""
    named = Policy.parse(
        {"Statement": [allow(Sid="all"), deny("ecr:PutImage", Sid="no-push"), allow("s3:*")]}, "p"
    )
    pulled, pushed = (
        explain(Request(action, REPO), [named]) for action in ("ecr:BatchGetImage", "ecr:PutImage")
    )
    assert [(p.name, block.sid) for p, block in pulled.matched] == [("p", "all")]
    assert [(p.name, block.sid) for p, block in pushed.matched] == [("p", "no-push")]
    outside = explain(Request("ecr:PutImage", REPO), [policy(allow())], boundary=BOUNDARY_S3)
    assert (outside.decision, outside.matched, outside.within_boundary) == (NO, (), False)


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


def test_a_boundary_shortens_the_reach() -> None:
    """What a permissions boundary does not allow is out of reach."""
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
    ("actions", "told"),
    [
        ("ecr:GetDownloadUrl*", None),
        ("ecr:BatchCheck*", None),
        ("ecr:PutImage", None),
        ("ecr:batch*", "ecr:BatchDeleteImage"),
        ("*", "ecr:BatchDeleteImage"),
        ("ecr:describeimages", "ecr:DescribeImages"),
    ],
)
def test_a_wildcard_stands_for_the_actions_that_there_are(actions: str, told: str | None) -> None:
    """Where the question names every action there is, an example is one of these, as it is spelt there."""
    found = admits(policy(to({"AWS": PARTNER}, actions)), REPO, guests={PARTNER: PULL}, within=REAL)
    assert (found.action if found else None) == told


EFFECT = st.sampled_from(["Allow", "Deny"])
ACTIONS = st.sampled_from(["*", "ecr:*", "ecr:Put*", "ecr:PutImage", "ECR:put?mage", "s3:*", "s3:GetObject"])
RESOURCES = st.sampled_from(["*", REPO, OTHER, REPO + "*", "arn:aws:ecr:*:*:repository/*", f"{BUCKET}/*"])
TESTS = st.sampled_from(
    [{}, when("StringEquals", "k", "a"), when("StringNotLike", "k", "a*"), when("Null", "k", "true")]
)
BLOCKS = st.builds(
    lambda effect, not_action, action, not_resource, resource, condition: {
        "Effect": effect,
        "NotAction" if not_action else "Action": action,
        "NotResource" if not_resource else "Resource": resource,
        "Condition": condition,
    },
    EFFECT, st.booleans(), ACTIONS, st.booleans(), RESOURCES, TESTS,
)  # fmt: skip
POLICIES = st.lists(BLOCKS, min_size=1, max_size=5)
REQUESTS = st.builds(
    Request,
    st.sampled_from(["ecr:PutImage", "ecr:BatchGetImage", "s3:GetObject"]),
    st.sampled_from([REPO, OTHER, OBJECT]),
    context=st.sampled_from([{}, {"k": "a"}, {"k": "b"}, {"k": ["a", "b"]}]),
)


@given(POLICIES, BLOCKS, REQUESTS)
def test_adding_a_deny_never_allows(blocks: Any, extra: Any, request: Request) -> None:
    """Another Deny may only take away."""
    after = decide(request, [policy(*blocks, {**extra, "Effect": "Deny"})])
    assert after is not YES or decide(request, [policy(*blocks)]) is YES


@given(POLICIES, BLOCKS, REQUESTS)
def test_adding_an_allow_never_denies(blocks: Any, extra: Any, request: Request) -> None:
    """Another Allow may only add; what was explicitly denied stays so."""
    before = decide(request, [policy(*blocks)])
    after = decide(request, [policy(*blocks, {**extra, "Effect": "Allow"})])
    assert after is before or (before is NO and after is YES)


@given(POLICIES, POLICIES, REQUESTS)
def test_a_boundary_never_allows_more(blocks: Any, boundary: Any, request: Request) -> None:
    """With a boundary nothing is allowed that is not allowed without."""
    within = decide(request, [policy(*blocks)], boundary=[policy(*boundary)])
    assert within is not YES or decide(request, [policy(*blocks)]) is YES


@given(POLICIES, st.permutations(range(5)), REQUESTS)
def test_the_order_of_statements_does_not_count(blocks: Any, order: list[int], request: Request) -> None:
    """Statements are a set."""
    shuffled = [blocks[at] for at in order if at < len(blocks)]
    assert decide(request, [policy(*shuffled)]) is decide(request, [policy(*blocks)])


@given(POLICIES, REQUESTS)
def test_an_open_request_agrees_with_every_closed_one(blocks: Any, request: Request) -> None:
    """What is decided without knowing the context is decided alike with every context."""
    try:
        blind = decide(Request(request.action, request.resource, open=True), [policy(*blocks)])
    except Undecidable:
        return
    assert (blind is YES) == (decide(request, [policy(*blocks)]) is YES)


@given(POLICIES, REQUESTS)
def test_nothing_is_allowed_where_nothing_is_reached(blocks: Any, request: Request) -> None:
    """If no reach is found, then every single request in the scope is refused; what is found, is allowed."""
    found = reaches([policy(*blocks)], Scope((request.action,), ("arn:*",)), [Scope(("*",), (REPO,))])
    if found is None and request.resource != REPO:
        assert decide(request, [policy(*blocks)]) is not YES
    if found and found.certain:
        assert decide(Request(found.action, found.resource), [policy(*blocks)]) is YES


PATTERN = st.text("ab*?", max_size=8)


@given(PATTERN, st.text("ab", max_size=8))
def test_wildcards_agree_with_a_plain_reference(pattern: str, text: str) -> None:
    """`*` is any run of characters and `?` one of them."""
    reference = re.compile(pattern.replace("?", "[ab]").replace("*", "[ab]*"))
    assert matches(wild(pattern), text) is bool(reference.fullmatch(text))


@given(st.lists(PATTERN, max_size=4), PATTERN, st.text("abc", max_size=6))
def test_every_text_has_a_representative(patterns: list[str], within: str, text: str) -> None:
    """Each text within the limit matches the same patterns as one of the representatives."""
    chosen = representatives(map(wild, patterns), wild(within))
    assert all(matches(wild(within), name) for name in chosen)
    if matches(wild(within), text):
        profile = [matches(wild(pattern), text) for pattern in patterns]
        assert profile in [[matches(wild(pattern), name) for pattern in patterns] for name in chosen]


def test_many_stars_are_matched_in_no_time() -> None:
    """A pattern made to be slow is not: a learner's policy cannot hang a workshop."""
    assert not matches(wild("*a" * 60 + "b"), "a" * 2000)
