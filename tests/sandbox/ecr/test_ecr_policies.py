"""Lifecycle policies, scanning rules and repository policies of the embedded ECR."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.sandbox.ecr.scanning import filter_matches
from tests.builders import document

UNTAGGED = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7}
ANY = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}
TAGGED = {**ANY, "tagStatus": "tagged", "tagPrefixList": ["v"]}
ARCHIVED = {**UNTAGGED, "countType": "sinceImageTransitioned", "storageClass": "archive"}


@pytest.fixture
def ecr(aws: None, client: Callable[..., Any]) -> Any:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/web")
    return ecr


def rule(priority: Any, selection: Any, **action: Any) -> dict[str, Any]:
    return {"rulePriority": priority, "selection": selection, "action": action or {"type": "expire"}}


def text(*rules: Any) -> str:
    return json.dumps({"rules": list(rules)})


GOOD = {
    "untagged by age": text(rule(1, UNTAGGED)),
    "any by count": text(rule(1, ANY)),
    "both, any last": text(rule(1, UNTAGGED), rule(2, ANY)),
    "any written first": text(rule(9, ANY), rule(3, UNTAGGED)),
    "prefixes": text(rule(1, TAGGED)),
    "patterns": text(rule(1, {**ANY, "tagStatus": "tagged", "tagPatternList": ["*a*b*c*"]})),
    "by pull": text(rule(1, {**UNTAGGED, "countType": "sinceImagePulled"})),
    "to the archive": text(rule(1, UNTAGGED, type="transition", targetStorageClass="archive")),
    "out of the archive": text(rule(1, ARCHIVED)),
    # as in the acceptance tests of terraform-provider-aws, which run against AWS
    "any of each storage class": text(rule(1, ANY), rule(2, {**ARCHIVED, "tagStatus": "any"})),
}
BAD = {
    "not JSON": "{",
    "a list": "[]",
    "no rules": "{}",
    "an empty list of rules": text(),
    "a rule that is none": text("x"),
    "an unknown key": text({**rule(1, ANY), "when": "now"}),
    "no action": text({"rulePriority": 1, "selection": ANY}),
    "an unknown action": text(rule(1, ANY, type="delete")),
    "priority zero": text(rule(0, ANY)),
    "priority as text": text(rule("1", ANY)),
    "one priority twice": text(rule(1, UNTAGGED), rule(1, ANY)),
    "any before another": text(rule(1, ANY), rule(2, UNTAGGED)),
    "any twice": text(rule(1, ANY), rule(2, ANY)),
    "untagged twice": text(rule(1, UNTAGGED), rule(2, UNTAGGED)),
    "unit with a count": text(rule(1, {**ANY, "countUnit": "days"})),
    "no unit with an age": text(rule(1, {k: v for k, v in UNTAGGED.items() if k != "countUnit"})),
    "another unit": text(rule(1, {**UNTAGGED, "countUnit": "hours"})),
    "a unit of null": text(rule(1, {**ANY, "countUnit": None})),
    "a count of zero": text(rule(1, {**ANY, "countNumber": 0})),
    "a count as text": text(rule(1, {**ANY, "countNumber": "10"})),
    "an unknown count type": text(rule(1, {**ANY, "countType": "imageCountLessThan"})),
    "an unknown status": text(rule(1, {**ANY, "tagStatus": "all"})),
    "tagged without tags": text(rule(1, {**ANY, "tagStatus": "tagged"})),
    "tagged with an empty list": text(rule(1, {**TAGGED, "tagPrefixList": []})),
    "both lists": text(rule(1, {**TAGGED, "tagPatternList": ["v*"]})),
    "prefixes for untagged": text(rule(1, {**UNTAGGED, "tagPrefixList": ["v"]})),
    "five wildcards": text(rule(1, {**ANY, "tagStatus": "tagged", "tagPatternList": ["*1*2*3*4*"]})),
    "a transition to nowhere": text(rule(1, UNTAGGED, type="transition")),
    "an expiry with a target": text(rule(1, UNTAGGED, type="expire", targetStorageClass="archive")),
    "transitioned, but in standard": text(rule(1, {**ARCHIVED, "storageClass": "standard"})),
    "51 rules": text(*(rule(n, {**TAGGED, "tagPrefixList": [f"v{n}"]}) for n in range(1, 52))),
}


def padded(policy: str) -> str:
    """The API wants at least 100 characters."""
    return policy + " " * 100


@pytest.mark.parametrize("policy", GOOD.values(), ids=GOOD)
def test_a_good_lifecycle_policy_is_kept(ecr: Any, policy: str) -> None:
    ecr.put_lifecycle_policy(repositoryName="labs/web", lifecyclePolicyText=padded(policy))
    kept = ecr.get_lifecycle_policy(repositoryName="labs/web")["lifecyclePolicyText"]
    assert json.loads(kept) == json.loads(policy)


@pytest.mark.parametrize("policy", BAD.values(), ids=BAD)
def test_a_bad_lifecycle_policy_is_refused_and_not_kept(
    ecr: Any, policy: str, refused: Callable[..., str]
) -> None:
    refusal = refused(ecr.put_lifecycle_policy, repositoryName="labs/web", lifecyclePolicyText=padded(policy))
    assert refusal.startswith("InvalidParameterException: Invalid parameter at 'LifecyclePolicyText'")
    assert refused(ecr.get_lifecycle_policy, repositoryName="labs/web").startswith("LifecyclePolicyNotFound")


def test_stock_moto_takes_a_unit_with_a_count(stock: None, client: Callable[..., Any]) -> None:
    """It must be refused: when this fails, drop this extension."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/web")
    assert ecr.put_lifecycle_policy(
        repositoryName="labs/web", lifecyclePolicyText=padded(BAD["unit with a count"])
    )


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*", "labs/web", True),
        ("web", "labs/web", True),
        ("labs/web", "labs/web-app", True),
        ("web*", "labs/web", False),
        ("*web", "labs/web", True),
        ("*web", "labs/web-app", False),
        ("labs/*", "labs/web", True),
        ("labs/*b", "labs/web-app", False),
        ("l.bs/*", "labs/web", False),
        ("labs/app", "labs/web", False),
        ("*a" * 30 + "*b", "a" * 200, False),  # a matcher that backtracks would never end
    ],
)
def test_a_scan_filter_is_anchored_where_it_has_a_wildcard(pattern: str, name: str, matches: bool) -> None:
    assert filter_matches(pattern, name) is matches


@pytest.mark.slow
@given(st.text("ab/.-", min_size=1), st.text("ab/.-"), st.text("ab/.-"))
def test_a_filter_without_a_wildcard_matches_every_name_around_it(part: str, before: str, after: str) -> None:
    assert filter_matches(part, before + part + after)
    assert filter_matches(f"*{part}*", before + part + after)


def scanning(ecr: Any, *filters: str, frequency: str = "SCAN_ON_PUSH", **options: Any) -> None:
    repository_filters = [{"filter": one, "filterType": "WILDCARD"} for one in filters]
    rules = [{"scanFrequency": frequency, "repositoryFilters": repository_filters}]
    ecr.put_registry_scanning_configuration(rules=rules, **options)


def configuration(ecr: Any) -> dict[str, Any]:
    answer = ecr.batch_get_repository_scanning_configuration(repositoryNames=["labs/web", "labs/none"])
    assert [failure["repositoryName"] for failure in answer["failures"]] == ["labs/none"]
    return dict(answer["scanningConfigurations"][0])


def test_a_repository_is_scanned_on_push_by_the_registrys_rule(ecr: Any) -> None:
    scanning(ecr, "labs/*")
    answer = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    assert answer["rules"][0]["repositoryFilters"] == [{"filter": "labs/*", "filterType": "WILDCARD"}]
    found = configuration(ecr)
    assert (found["scanOnPush"], found["scanFrequency"]) == (True, "SCAN_ON_PUSH")
    assert found["appliedScanFilters"] == [{"filter": "labs/*", "filterType": "WILDCARD"}]


def test_a_rule_reaches_repositories_that_are_made_after_it(ecr: Any) -> None:
    scanning(ecr, "late*", "web*")
    ecr.create_repository(repositoryName="late/one")
    answer = ecr.batch_get_repository_scanning_configuration(repositoryNames=["late/one", "labs/web"])
    assert [one["scanOnPush"] for one in answer["scanningConfigurations"]] == [True, False]


def test_a_repository_is_scanned_on_push_by_its_own_switch(ecr: Any) -> None:
    assert configuration(ecr)["scanOnPush"] is False
    ecr.put_image_scanning_configuration(
        repositoryName="labs/web", imageScanningConfiguration={"scanOnPush": True}
    )
    assert configuration(ecr)["scanOnPush"] is True


def test_rules_can_be_taken_back_by_leaving_them_out(ecr: Any) -> None:
    scanning(ecr, "*")
    ecr.put_registry_scanning_configuration(scanType="BASIC")
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["rules"] == []
    assert configuration(ecr)["scanOnPush"] is False


@pytest.mark.parametrize(
    ("scan_type", "rules", "frequency"),
    [
        ("BASIC", [], "SCAN_ON_PUSH"),
        ("BASIC", ["other"], "MANUAL"),
        ("ENHANCED", [], "MANUAL"),
        ("ENHANCED", ["other"], "MANUAL"),
        ("ENHANCED", ["web"], "SCAN_ON_PUSH"),
    ],
)
def test_the_registry_s_rules_and_inspector_override_the_repository(
    ecr: Any, scan_type: str, rules: list[str], frequency: str
) -> None:
    ecr.put_image_scanning_configuration(
        repositoryName="labs/web", imageScanningConfiguration={"scanOnPush": True}
    )
    if rules:
        scanning(ecr, *rules, scanType=scan_type)
    else:
        ecr.put_registry_scanning_configuration(scanType=scan_type)
    found = configuration(ecr)
    assert (found["scanFrequency"], found["scanOnPush"]) == (frequency, frequency == "SCAN_ON_PUSH")


def registry_policy(action: str, **more: Any) -> str:
    entry = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**entry, **more}]})


def test_a_registry_policy_may_name_any_action_of_ecr_in_scope_v2(
    ecr: Any, refused: Callable[..., str]
) -> None:
    ecr.put_registry_policy(policyText=registry_policy("ecr:BatchGetImage"))
    assert ecr.get_registry_policy()["policyText"] == registry_policy("ecr:BatchGetImage")
    refusal = refused(ecr.put_registry_policy, policyText=registry_policy("s3:GetObject"))
    assert "Invalid registry policy provided" in refusal
    ecr.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    assert "Invalid registry policy" in refused(ecr.put_registry_policy, policyText=registry_policy("ecr:*"))
    ecr.put_registry_policy(policyText=registry_policy("ecr:ReplicateImage"))


def test_a_registry_policy_names_principals(ecr: Any, refused: Callable[..., str]) -> None:
    for text in ("{", '{"Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}'):
        assert "Invalid registry policy" in refused(ecr.put_registry_policy, policyText=text)


def test_continuous_scans_need_enhanced_scanning(ecr: Any, refused: Callable[..., str]) -> None:
    refusal = refused(scanning, ecr, "*", frequency="CONTINUOUS_SCAN", scanType="BASIC")
    assert refusal.startswith("InvalidParameterException")
    scanning(ecr, "*", frequency="CONTINUOUS_SCAN", scanType="ENHANCED")


def test_stock_moto_says_that_nothing_is_scanned(stock: None, client: Callable[..., Any]) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/web", imageScanningConfiguration={"scanOnPush": True})
    assert configuration(ecr)["scanOnPush"] is False, "moto knows scanOnPush: drop this extension"


PULL = {"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "ecr:BatchGetImage"}


@pytest.mark.parametrize(
    "policy",
    [
        document(PULL),
        document({**PULL, "Sid": "a"}, PULL),
        json.dumps({"Version": "2008-10-17", "Statement": PULL}),
        document({**PULL, "Resource": "*"}),
    ],
    ids=["one", "two", "a single statement", "a resource"],
)
def test_a_good_repository_policy_is_kept(ecr: Any, policy: str) -> None:
    ecr.set_repository_policy(repositoryName="labs/web", policyText=policy)
    kept = ecr.get_repository_policy(repositoryName="labs/web")["policyText"]
    assert json.loads(kept) == json.loads(policy)


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "[]",
        "{}",
        document(),
        document("x"),
        document({key: value for key, value in PULL.items() if key != "Principal"}),
        document({**PULL, "Effect": "Permit"}),
        document({key: value for key, value in PULL.items() if key != "Action"}),
    ],
    ids=[
        "no JSON",
        "a list",
        "empty",
        "no statement",
        "text",
        "no principal",
        "effect",
        "no action",
    ],
)
def test_a_bad_repository_policy_is_refused(ecr: Any, policy: str, refused: Callable[..., str]) -> None:
    refusal = refused(ecr.set_repository_policy, repositoryName="labs/web", policyText=policy)
    assert refusal.startswith("InvalidParameterException: Invalid parameter at 'PolicyText'")


def test_stock_moto_takes_a_repository_policy_without_a_principal(
    stock: None, client: Callable[..., Any]
) -> None:
    """AWS refuses it: when this fails, drop this extension."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/web")
    policy = document({key: value for key, value in PULL.items() if key != "Principal"})
    assert ecr.set_repository_policy(repositoryName="labs/web", policyText=policy)
