"""Decisions on a request: matching, conditions, variables, and what an open request leaves undecided."""

from __future__ import annotations

from typing import Any

import pytest

from labs.iam import (
    AccessRequest,
    Decision,
    Policy,
    Undecidable,
    decide,
    explain,
)
from tests.iam.policies import (
    BOUNDARY_S3,
    BUCKET,
    DENIED,
    NO,
    OBJECT,
    OTHER,
    REPO,
    YES,
    allow,
    deny,
    policy,
    when,
)

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
    assert decide(AccessRequest(action, resource), [policy(*statements)]) is expected


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
    request = AccessRequest("ecr:PutImage", REPO, context=context)
    assert decide(request, [policy(allow("*", "*", condition))]) is (YES if expected else NO)
    assert decide(request, [policy(allow(), deny("*", "*", condition))]) is (DENIED if expected else YES)


def test_version_2008_has_no_variables() -> None:
    """Before 2012 a policy variable is plain text."""
    block = allow("*", "arn:aws:s3:::${aws:username}/*")
    request = AccessRequest("s3:GetObject", "arn:aws:s3:::ana/x", context={"aws:username": "ana"})
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
            AccessRequest("s3:GetObject", "arn:aws:s3:::labs/x", context=context),
            [policy(allow("*", resource))],
        )
        is expected
    )


UNKNOWN_OPERATOR = when("StringSounds", "k", "a")


def test_an_unknown_operator_is_never_taken_for_true_or_false() -> None:
    """A decision that hangs on an operator we do not know has no answer; one that does not, has."""
    request = AccessRequest("ecr:PutImage", REPO, context={"k": "a"})
    for statements in ([allow(condition=UNKNOWN_OPERATOR)], [allow(), deny(condition=UNKNOWN_OPERATOR)]):
        with pytest.raises(Undecidable, match="not supported"):
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
    """A decision that depends on an unknown key is undecidable, and the message names the key."""
    with pytest.raises(Undecidable, match=says):
        decide(AccessRequest("ecr:PutImage", REPO, open=True), [policy(*statements)])


def test_an_open_request_is_decided_where_the_unknown_does_not_matter() -> None:
    """A plain Allow beside a conditional one, a key that is known to be absent, a resource that cannot match."""
    vpce = when("StringEquals", "aws:SourceVpce", "vpce-1")
    tagged = "arn:aws:s3:::${aws:PrincipalTag/team}/*"
    assert (
        decide(AccessRequest("ecr:PutImage", REPO, open=True), [policy(allow(condition=vpce), allow())])
        is YES
    )
    absent = AccessRequest("ecr:PutImage", REPO, context={"aws:SourceVpce": ()}, open=True)
    assert decide(absent, [policy(allow(condition=vpce))]) is NO
    assert decide(AccessRequest("ecr:PutImage", REPO, open=True), [policy(allow("*", tagged))]) is NO


def test_an_explanation_names_the_decisive_statements() -> None:
    """The statement that decides is named: that which allows, that which denies; nothing where none applies."""
    named = Policy.parse(
        {"Statement": [allow(Sid="all"), deny("ecr:PutImage", Sid="no-push"), allow("s3:*")]}, "p"
    )
    pulled, pushed = (
        explain(AccessRequest(action, REPO), [named]) for action in ("ecr:BatchGetImage", "ecr:PutImage")
    )
    assert [(p.name, block.sid) for p, block in pulled.matched] == [("p", "all")]
    assert [(p.name, block.sid) for p, block in pushed.matched] == [("p", "no-push")]
    outside = explain(AccessRequest("ecr:PutImage", REPO), [policy(allow())], boundary=BOUNDARY_S3)
    assert (outside.decision, outside.matched, outside.within_boundary) == (NO, (), False)
