"""Which names a scanning filter selects, and which lifecycle rules govern which images."""

import json
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecr_repository as lab
from labs.sdk import Outcome, Passed
from tests.checks.canned import answering

NAMES = {"repository": "labs/web"}
FOUND = {"repositoryName": "labs/web", "imageScanningConfiguration": {"scanOnPush": False}}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("*", True),
        ("labs/*", True),
        ("*/web", True),
        ("labs/web", True),
        ("web", True),
        ("l*b", True),
        ("lab", True),
        ("*labs/web*", True),
        ("web*", False),
        ("*labs", False),
        ("labs/web-app", False),
        ("labs.web", False),
        ("labs/w*a", False),
    ],
)
def test_a_filter_is_anchored_only_with_a_wildcard(text: str, *, selected: bool) -> None:
    assert lab.filter_matches(text, "labs/web") is selected


def scanning(frequency: str, *filters: str) -> dict[str, Any]:
    named = [{"filter": text, "filterType": "WILDCARD"} for text in filters]
    return {"scanFrequency": frequency, "repositoryFilters": named}


@pytest.mark.parametrize(
    ("configuration", "passes"),
    [
        ({"scanType": "BASIC"}, False),
        ({"scanType": "BASIC", "rules": []}, False),
        ({"rules": [scanning("MANUAL", "*")]}, False),
        ({"rules": [scanning("SCAN_ON_PUSH", "other"), scanning("CONTINUOUS_SCAN", "a-", "labs/*")]}, True),
    ],
    ids=["no rules", "empty rules", "by hand", "second filter of the second rule"],
)
def test_any_filter_of_any_rule_that_scans_will_do(configuration: dict[str, Any], *, passes: bool) -> None:
    account = answering(
        ecr=[
            ("describe_repositories", {"repositories": [FOUND]}),
            ("get_registry_scanning_configuration", {"scanningConfiguration": configuration}),
        ]
    )
    assert isinstance(lab.images_are_scanned_on_push(account, NAMES), Passed) is passes


def rule(
    priority: int, status: str, count: str, number: int, action: str = "expire", **more: Any
) -> dict[str, Any]:
    unit = {} if count == "imageCountMoreThan" else {"countUnit": "days"}
    selection = {"tagStatus": status, "countType": count, "countNumber": number, **unit, **more}
    return {"rulePriority": priority, "selection": selection, "action": {"type": action}}


def judged(check: Any, *rules: dict[str, Any]) -> Outcome:
    text = json.dumps({"rules": list(rules)})
    found: Outcome = check(answering(ecr=[("get_lifecycle_policy", {"lifecyclePolicyText": text})]), NAMES)
    return found


PUSHED, COUNT = "sinceImagePushed", "imageCountMoreThan"


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ([rule(1, "untagged", PUSHED, 7)], True),
        ([rule(1, "untagged", PUSHED, 1, storageClass="standard")], True),
        ([rule(9, "any", PUSHED, 7)], True),
        ([rule(2, "any", COUNT, 10), rule(1, "untagged", PUSHED, 7)], True),
        ([rule(1, "untagged", PUSHED, 8)], False),
        ([rule(1, "untagged", COUNT, 7)], False),
        ([rule(1, "untagged", "sinceImagePulled", 7)], False),
        ([rule(1, "untagged", PUSHED, 7, action="transition")], False),
        ([rule(1, "untagged", PUSHED, 7, storageClass="archive")], False),
        ([rule(1, "tagged", PUSHED, 7, tagPatternList=["*"])], False),
        ([rule(1, "untagged", PUSHED, 30), rule(2, "any", PUSHED, 7)], False),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, list) else str(value),
)
def test_untagged_images_expire_by_the_rule_that_governs_them(
    rules: list[dict[str, Any]], *, passes: bool
) -> None:
    assert isinstance(judged(lab.untagged_images_expire, *rules), Passed) is passes


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        ([rule(1, "any", COUNT, 10)], True),
        ([rule(1, "any", COUNT, 1, storageClass="standard")], True),
        ([rule(1, "any", COUNT, 11)], False),
        ([rule(1, "any", PUSHED, 10)], False),
        ([rule(1, "any", COUNT, 10, storageClass="archive")], False),
        ([rule(1, "untagged", COUNT, 10)], False),
        ([rule(1, "tagged", COUNT, 10, tagPatternList=["*"])], False),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, list) else str(value),
)
def test_ten_images_are_kept_by_a_rule_about_all_of_them(
    rules: list[dict[str, Any]], *, passes: bool
) -> None:
    assert isinstance(judged(lab.ten_images_are_kept, *rules), Passed) is passes
