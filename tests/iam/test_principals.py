"""Decisions where resource policies, boundaries and trust policies count."""

from __future__ import annotations

from typing import Any

import pytest

from labs.iam import (
    ANONYMOUS,
    AccessRequest,
    Decision,
    decide,
    lets,
    trusts,
)
from tests.iam.policies import (
    BOUNDARY_S3,
    DENIED,
    NO,
    OF_ACCOUNT,
    OTHER,
    PARTNER,
    REPO,
    ROLE,
    SESSION,
    USER,
    YES,
    allow,
    deny,
    policy,
    statement,
    to,
    when,
)

PULLS = [policy(allow("ecr:BatchGetImage"))]
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
    ("resource-adds-in-account", {"resource_policy": policy(to({"AWS": ROLE}))}, YES),
    ("resource-star-adds", {"resource_policy": policy(to("*"))}, YES),
    ("resource-names-another", {"resource_policy": policy(to({"AWS": USER}))}, NO),
    ("account-only-delegates", {"resource_policy": policy(to({"AWS": "123456789012"}))}, NO),
    ("delegated-and-granted", {"identity": PULLS,
     "resource_policy": policy(to({"AWS": "123456789012"}))}, YES),
    ("resource-denies", {"identity": PULLS, "resource_policy": policy(to("*", effect="Deny"))}, DENIED),
    ("resource-denies-account", {"identity": PULLS,
     "resource_policy": policy(to({"AWS": "123456789012"}, effect="Deny"))}, DENIED),
    ("role-grant-within-boundary", {"boundary": BOUNDARY_S3,
     "resource_policy": policy(to({"AWS": ROLE}))}, NO),
    ("cross-account-both", {"identity": PULLS, "same_account": False,
     "resource_policy": policy(to({"AWS": ROLE}))}, YES),
    ("cross-account-by-account", {"identity": PULLS, "same_account": False,
     "resource_policy": policy(to({"AWS": "123456789012"}))}, YES),
    ("cross-account-identity-only", {"identity": PULLS, "same_account": False}, NO),
    ("cross-account-resource-only", {"same_account": False, "resource_policy": policy(to({"AWS": ROLE}))}, NO),
    ("cross-account-other-account", {"identity": PULLS, "same_account": False,
     "resource_policy": policy(to({"AWS": PARTNER}))}, NO),
]  # fmt: skip


@pytest.mark.parametrize(("sides", "expected"), [c[1:] for c in SIDES], ids=[c[0] for c in SIDES])
def test_sides(sides: dict[str, Any], expected: Decision) -> None:
    """Identity, boundary, session and resource policies combine as AWS documents it."""
    assert decide(AccessRequest("ecr:BatchGetImage", REPO, ROLE), **sides) is expected


@pytest.mark.parametrize("principal", [USER, SESSION])
def test_a_grant_to_a_user_or_session_passes_the_boundary(principal: str) -> None:
    """A resource's policy that names this very user or session is not limited by a boundary that is silent."""
    grant = policy(to({"AWS": principal}))
    assert (
        decide(
            AccessRequest("ecr:BatchGetImage", REPO, principal), boundary=BOUNDARY_S3, resource_policy=grant
        )
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
    assert lets(policy(*statements), principal, "ecr:BatchGetImage", REPO) is expected


def trust(
    principal: Any, condition: Any = None, action: Any = "sts:AssumeRole", effect: str = "Allow"
) -> dict[str, Any]:
    return statement(effect, action, None, condition, Principal=principal)


TASKS = "ecs-tasks.amazonaws.com"
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
