"""Whom a repository's policy lets in, and for what, in the many ways in which it can be written."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _ecr
from labs.packs.aws_ecs.checks import ecr_access as lab
from labs.sdk import Account, CannotTell, Failed, Outcome, Passed
from tests.builders import ACCOUNT, REGION, document
from tests.checks.canned import Answer, answering

PARTNER = "210987654321"
NAMES = {"repository": "labs/app", "role": "labs-ecr-puller", "partner": PARTNER}
REPOSITORY = {
    "repositoryName": "labs/app",
    "repositoryArn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/labs/app",
}
PULL = list(_ecr.PULL)
ROOT = f"arn:aws:iam::{PARTNER}:root"


def allow(principal: Any, actions: Any = PULL, **condition: dict[str, Any]) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": actions}
    return {**found, "Condition": condition} if condition else found


def deny(principal: Any, actions: Any = PULL, **condition: dict[str, Any]) -> dict[str, Any]:
    return {**allow(principal, actions, **condition), "Effect": "Deny"}


def all_but(actions: Any, statement: dict[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in statement.items() if name != "Action"}, "NotAction": actions}


NO_REGISTRY_POLICY: Answer = ("get_registry_policy", {"error": "RegistryPolicyNotFoundException"})


def registry(*statements: dict[str, Any], scope: str = "V2") -> list[Answer]:
    """The registry's policy, if it has one."""
    if not statements:
        return [NO_REGISTRY_POLICY]
    setting = {"name": "REGISTRY_POLICY_SCOPE", "value": scope}
    return [("get_registry_policy", {"policyText": document(*statements)}), ("get_account_setting", setting)]


def with_policy(*statements: dict[str, Any], beside: Sequence[Answer] = (NO_REGISTRY_POLICY,)) -> Account:
    return answering(
        ecr=[
            ("get_repository_policy", {"policyText": document(*statements)}),
            *beside,
            ("describe_repositories", {"repositories": [REPOSITORY]}),
        ]
    )


def passes(found: Outcome) -> bool:
    return isinstance(found, Passed)


ALL_BUT_ROOT = {"Effect": "Deny", "NotPrincipal": {"AWS": ROOT}, "Action": PULL}
IN_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": PARTNER}}
POLICIES: dict[str, tuple[list[dict[str, Any]], bool, bool]] = {
    "by its number": ([allow({"AWS": PARTNER})], True, True),
    "by its root": ([allow({"AWS": [ROOT]})], True, True),
    "an action in each statement": ([allow({"AWS": PARTNER}, action) for action in PULL], True, True),
    "in small letters": ([allow({"AWS": PARTNER}, [action.lower() for action in PULL])], True, True),
    "wildcards that stand for one action each": (
        [allow({"AWS": PARTNER}, ["ecr:BatchCheck*", "ecr:GetDownloadUrl*", "ecr:BatchGetIm?ge"])],
        True,
        True,
    ),
    "a wildcard that stands for two": (
        [allow({"AWS": PARTNER}, ["ecr:BatchCheck*", "ecr:GetDownload*", "ecr:BatchGet*"])],
        True,
        False,
    ),
    "what ECR only does itself": ([allow({"AWS": PARTNER}, [*PULL, "ecr:BatchImport*"])], True, False),
    "a token as well, which no repository gives": (
        [allow({"AWS": PARTNER}, [*PULL, "ecr:GetAuthorizationToken"])],
        True,
        True,
    ),
    "everything of another service as well": ([allow({"AWS": PARTNER}, [*PULL, "s3:*"])], True, True),
    "everything except a push": ([all_but("ecr:Put*", allow({"AWS": PARTNER}))], True, False),
    "everything, and all but the pull denied": (
        [allow({"AWS": PARTNER}, "ecr:*"), all_but(PULL, deny({"AWS": PARTNER}))],
        True,
        True,
    ),
    "anybody": ([allow("*")], True, False),
    "anybody, if of this account": ([allow("*", **IN_ACCOUNT)], True, True),
    "anybody, if it has any ARN of this account": (
        [allow("*", ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:*"})],
        True,
        True,
    ),
    "anybody, if of this organization": (
        [allow({"AWS": PARTNER}), allow("*", StringEquals={"aws:PrincipalOrgID": "o-1"})],
        True,
        False,
    ),
    "only its root user": ([allow({"AWS": PARTNER}, ArnEquals={"aws:PrincipalArn": ROOT})], False, True),
    "only its root user, the others denied": ([allow({"AWS": PARTNER}), ALL_BUT_ROOT], False, True),
    "only its roles": (
        [allow({"AWS": PARTNER}, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/*"})],
        False,
        True,
    ),
    "one role of it": ([allow({"AWS": f"arn:aws:iam::{PARTNER}:role/ci"})], False, True),
    "by what only services send": ([allow("*", StringEquals={"aws:SourceAccount": PARTNER})], False, False),
    "two actions of three": ([allow({"AWS": PARTNER}, PULL[:2])], False, True),
    "one action denied again": ([allow({"AWS": PARTNER}), deny("*", "ecr:BatchGetImage")], False, True),
    "other digits": ([allow({"AWS": "210987654312"})], False, False),
    "the account itself as well": ([allow({"AWS": [PARTNER, ACCOUNT]})], True, False),
    "a service as well": ([allow({"AWS": PARTNER, "Service": "lambda.amazonaws.com"})], True, False),
    "nobody, by a denial": ([allow({"AWS": PARTNER}), deny("*", "*")], False, False),
}


@pytest.mark.parametrize(
    ("statements", "lets_pull"), [(each[0], each[1]) for each in POLICIES.values()], ids=list(POLICIES)
)
def test_the_partner_as_a_whole_may_pull(statements: list[dict[str, Any]], *, lets_pull: bool) -> None:
    assert passes(lab.partner_may_pull(with_policy(*statements), NAMES)) is lets_pull


@pytest.mark.parametrize(
    ("statements", "nothing_else"), [(each[0], each[2]) for each in POLICIES.values()], ids=list(POLICIES)
)
def test_nobody_else_gets_in_and_the_partner_only_pulls(
    statements: list[dict[str, Any]], *, nothing_else: bool
) -> None:
    assert passes(lab.partner_may_do_nothing_else(with_policy(*statements), NAMES)) is nothing_else


def test_a_condition_on_the_partners_network_is_inconclusive() -> None:
    """Whether its people come from there, nobody knows here."""
    policy = allow({"AWS": PARTNER}, IpAddress={"aws:SourceIp": "203.0.113.0/24"})
    with pytest.raises(CannotTell, match="aws:sourceip"):
        lab.partner_may_pull(with_policy(policy), NAMES)


def test_unencrypted_calls_may_be_denied_since_there_are_none() -> None:
    plain = deny("*", "ecr:*", Bool={"aws:SecureTransport": "false"})
    assert passes(lab.partner_may_pull(with_policy(allow({"AWS": PARTNER}), plain), NAMES))


ROLE = {
    "RoleName": "labs-ecr-puller",
    "RoleId": "AROAEXAMPLEEXAMPLE",
    "Path": "/",
    "Arn": f"arn:aws:iam::{ACCOUNT}:role/labs-ecr-puller",
    "CreateDate": "2026-11-22T00:00:00Z",
}


def trusting(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": statement}
    return {**ROLE, "AssumeRolePolicyDocument": json.dumps(document)}


@pytest.mark.parametrize(
    ("service", "trusted"), [("ec2.amazonaws.com", True), ("ecs-tasks.amazonaws.com", False)]
)
def test_a_role_that_is_there_is_judged_by_its_trust_policy(service: str, *, trusted: bool) -> None:
    account = answering(iam=[("get_role", {"Role": trusting(service)})])
    assert passes(lab.role_trusts_ec2(account, NAMES)) is trusted


NO_POLICIES: list[Answer] = [
    ("get_repository_policy", {"error": "RepositoryPolicyNotFoundException"}),
    NO_REGISTRY_POLICY,
]


def with_rights(*statements: dict[str, Any], policies: Sequence[Answer] = NO_POLICIES) -> Account:
    """An account whose role has one policy, its own, of these statements."""
    text = document(*statements)
    named = {"RoleName": ROLE["RoleName"], "PolicyName": "own"}
    return answering(
        ecr=[("describe_repositories", {"repositories": [REPOSITORY]}), *policies],
        iam=[
            ("get_role", {"Role": trusting("ec2.amazonaws.com")}),
            ("list_attached_role_policies", {"AttachedPolicies": []}),
            ("list_role_policies", {"PolicyNames": ["own"]}),
            ("get_role_policy", {**named, "PolicyDocument": text}),
        ],
    )


@pytest.mark.parametrize(
    ("statement", "pushes"),
    [
        (allow({"AWS": ROLE["Arn"]}, ["ecr:PutImage"]), True),
        (allow("*", ["ecr:*"]), True),
        (allow({"AWS": ROLE["Arn"]}), False),
        (allow({"AWS": PARTNER}, ["ecr:*"]), False),
        (allow({"AWS": ACCOUNT}, ["ecr:*"]), False),
    ],
    ids=["by its name", "everybody", "only a pull", "the partner", "its account"],
)
def test_the_repository_may_let_a_role_push(statement: dict[str, Any], *, pushes: bool) -> None:
    """Within an account the policy of the repository is enough; one for the whole account leaves it to the role's."""
    results = [{"EvalActionName": action, "EvalDecision": "implicitDeny"} for action in lab.PUSH]
    own_policies: list[Answer] = [
        ("list_attached_role_policies", {"AttachedPolicies": []}),
        ("list_role_policies", {"PolicyNames": []}),
    ]
    simulated: list[Answer] = [("simulate_principal_policy", {"EvaluationResults": results}), *own_policies]
    policies: list[Answer] = [
        ("get_repository_policy", {"policyText": document(statement)}),
        NO_REGISTRY_POLICY,
    ]
    asked = statement["Action"] != PULL
    account = answering(
        ecr=[
            ("describe_repositories", {"repositories": [REPOSITORY]}),
            *policies,
            *([*policies, ("list_tags_for_resource", {"tags": []})] if asked else []),
        ],
        iam=[
            ("get_role", {"Role": trusting("ec2.amazonaws.com")}),
            *own_policies,
            *(simulated if asked else []),
        ],
    )
    assert passes(lab.role_may_not_push(account, NAMES)) is not pushes


def on(resource: str, action: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("action", "pushes"),
    [
        ("ecr:InitiateLayerUpload", True),
        ("ecr:UploadLayerPart", True),
        ("ecr:CompleteLayerUpload", True),
        ("ecr:PutImage", True),
        ("ecr:BatchGetImage", False),
        ("ecr:PutLifecyclePolicy", False),
    ],
)
def test_any_action_of_a_push_is_one_too_many(action: str, *, pushes: bool) -> None:
    account = with_rights(on(REPOSITORY["repositoryArn"], action))
    assert passes(lab.role_may_not_push(account, NAMES)) is not pushes


@pytest.mark.parametrize(
    ("end", "action", "content"),
    [
        ("-2", "ecr:GetDownloadUrlForLayer", True),
        ("-2", "ecr:BatchGetImage", True),
        ("-2", "ecr:BatchCheckLayerAvailability", False),
        (":v1", "ecr:BatchGetImage", False),
    ],
)
def test_content_of_another_repository_is_too_much(end: str, action: str, *, content: bool) -> None:
    account = with_rights(on(f"{REPOSITORY['repositoryArn']}{end}", action))
    assert passes(lab.role_may_pull_from_no_other(account, NAMES)) is not content


@pytest.mark.parametrize("missed", [(), lab.PUSH[:1]], ids=str)
def test_a_push_that_the_repository_denies_is_not_allowed(missed: Sequence[str]) -> None:
    """A deny in the policy of the repository beats what the policies of the role allow."""
    denied = {**allow("*", [each for each in lab.PUSH if each not in missed]), "Effect": "Deny"}
    policies: list[Answer] = [("get_repository_policy", {"policyText": document(denied)}), NO_REGISTRY_POLICY]
    tags: Answer = ("list_tags_for_resource", {"tags": []})
    account = with_rights(on(REPOSITORY["repositoryArn"], "ecr:*"), policies=[*policies, *policies, tags])
    assert passes(lab.role_may_not_push(account, NAMES)) is (not missed)


ARN = REPOSITORY["repositoryArn"]
REPLICATION = ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]


def pulling(
    *, allowed: bool, repository: Sequence[Any] = (), beside: Sequence[Answer] = (NO_REGISTRY_POLICY,)
) -> Account:
    """An account whose role may pull by its own policies, or may not, under the policies of the registry."""
    own = (
        {"policyText": document(*repository)}
        if repository
        else {"error": "RepositoryPolicyNotFoundException"}
    )
    decision = "allowed" if allowed else "implicitDeny"
    results = [{"EvalActionName": action, "EvalDecision": decision} for action in PULL]
    simulated: Answer = ("simulate_principal_policy", {"EvaluationResults": results})
    own_policies: list[Answer] = [
        ("list_attached_role_policies", {"AttachedPolicies": []}),
        ("list_role_policies", {"PolicyNames": []}),
    ]
    in_force = any(answer.get("value") == "V2" for _, answer in beside)
    return answering(
        ecr=[
            ("describe_repositories", {"repositories": [REPOSITORY]}),
            ("get_repository_policy", own),
            *beside,
            ("list_tags_for_resource", {"tags": []}),
        ],
        iam=[
            ("get_role", {"Role": trusting("ec2.amazonaws.com")}),
            simulated,
            *(own_policies if not allowed and (repository or in_force) else []),
            simulated,
        ],
    )


@pytest.mark.parametrize("there", [False, True], ids=["no policy", "one for the partner"])
def test_the_role_needs_no_repository_policy(*, there: bool) -> None:
    own = [allow({"AWS": PARTNER})] if there else []
    assert passes(lab.role_may_pull(pulling(allowed=True, repository=own), NAMES))


ME = {"AWS": ROLE["Arn"]}


@pytest.mark.parametrize(
    ("own", "beside", "pulls"),
    [
        ([], registry(), False),
        ([allow(ME)], registry(), True),
        ([allow({"AWS": PARTNER})], registry(), False),
        ([allow({"AWS": ACCOUNT})], registry(), False),
        ([], registry({**allow(ME), "Resource": ARN}), True),
        ([], registry({**allow(ME), "Resource": f"{ARN}-2"}), False),
        ([], registry({**allow(ME), "Resource": ARN}, scope="V1"), False),
        ([allow(ME)], registry({**deny("*"), "Resource": "*"}), False),
    ],
    ids=[
        "none",
        "its own name",
        "another",
        "its account",
        "registry",
        "registry, another",
        "V1",
        "denied there",
    ],
)
def test_within_an_account_the_registry_s_policies_let_a_role_pull(
    own: list[dict[str, Any]], beside: list[Answer], *, pulls: bool
) -> None:
    account = pulling(allowed=False, repository=own, beside=beside)
    assert passes(lab.role_may_pull(account, NAMES)) is pulls


def test_what_the_registry_denies_no_role_may_do() -> None:
    beside = registry({**deny(ME), "Resource": "*"})
    found = lab.role_may_pull(pulling(allowed=True, beside=beside), NAMES)
    assert isinstance(found, Failed)
    assert found.found.endswith(": the repository policy or the registry policy denies it")


def test_the_registry_may_deny_the_partner() -> None:
    beside = registry({**deny({"AWS": PARTNER}, "ecr:BatchGetImage"), "Resource": "*"})
    found = lab.partner_may_pull(with_policy(allow({"AWS": PARTNER}), beside=beside), NAMES)
    assert isinstance(found, Failed)
    assert found.found == f"the registry policy denies ecr:BatchGetImage to account {PARTNER}"


@pytest.mark.parametrize(
    ("statement", "scope", "alone"),
    [
        ({**allow({"AWS": "111122223333"}), "Resource": "*"}, "V2", False),
        ({**allow({"AWS": "111122223333"}), "Resource": "*"}, "V1", True),
        ({**allow({"AWS": "111122223333"}), "Resource": f"{ARN}-2"}, "V2", True),
        ({**allow({"AWS": PARTNER}, "ecr:PutImage"), "Resource": "*"}, "V2", False),
        (
            {
                **allow(
                    {"AWS": "111122223333"},
                    ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
                ),
                "Resource": "*",
            },
            "V2",
            True,
        ),
    ],
    ids=["a third", "V1", "another repository", "a push", "replication"],
)
def test_the_registry_may_let_others_in(statement: dict[str, Any], scope: str, *, alone: bool) -> None:
    account = with_policy(allow({"AWS": PARTNER}), beside=registry(statement, scope=scope))
    assert passes(lab.partner_may_do_nothing_else(account, NAMES)) is alone


def test_the_registry_does_not_stand_in_for_the_repository_s_policy() -> None:
    """The partner can pull, but the lab asks for a policy of this repository."""
    lets_in = registry({**allow({"AWS": PARTNER}), "Resource": "*"})
    assert not passes(
        lab.partner_may_pull(with_policy(allow({"AWS": "111122223333"}), beside=lets_in), NAMES)
    )
