"""Whether images are scanned on push by ECR's own answer, and which lifecycle rules govern which images."""

import json
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecr_repository as lab
from labs.sdk import CannotTell, Failed, Outcome, Passed
from tests.checks.canned import Answer, answering

NAMES = {"repository": "labs/web"}


def judged_scanning(found: dict[str, Any] | None, registry: dict[str, Any] | None = None) -> Outcome:
    """The outcome of a check on ECR's own answer about a repository."""
    answer = {"scanningConfigurations": [found]} if found is not None else {"failures": []}
    ecr: list[Answer] = [("batch_get_repository_scanning_configuration", answer)]
    if registry is not None:
        ecr.append(("get_registry_scanning_configuration", {"scanningConfiguration": registry}))
    return lab.images_are_scanned_on_push(answering(ecr=ecr), NAMES)


FILTER = {"filter": "labs/*", "filterType": "WILDCARD"}


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"scanOnPush": True, "scanFrequency": "SCAN_ON_PUSH"}, "images in labs/web are scanned on push"),
        ({"scanOnPush": True}, "images in labs/web are scanned on push"),
        (
            {"scanOnPush": False, "scanFrequency": "CONTINUOUS_SCAN", "appliedScanFilters": [FILTER]},
            "images in labs/web are scanned on push, by the registry filter 'labs/*'",
        ),
    ],
    ids=["on push", "no frequency", "continuous"],
)
def test_what_ecr_scans_from_the_push_on_is_scanned(found: dict[str, Any], message: str) -> None:
    assert judged_scanning(found).found == message


@pytest.mark.parametrize(
    ("registry", "message"),
    [
        ({"scanType": "BASIC"}, ": neither the repository setting nor a registry rule scans on push"),
        ({}, ": neither the repository setting nor a registry rule scans on push"),
        (
            {"scanType": "ENHANCED", "rules": []},
            ": the registry uses enhanced scanning (Amazon Inspector), and no registry rule scans on push",
        ),
        (
            {"rules": [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{**FILTER, "filter": "a*"}]}]},
            ": the scanning rules of the registry select only 'a*'",
        ),
        (
            {"rules": [{"scanFrequency": "MANUAL", "repositoryFilters": [FILTER]}]},
            ": neither the repository setting nor a registry rule scans on push",
        ),
    ],
    ids=["basic", "nothing", "inspector", "others", "by hand"],
)
def test_what_ecr_scans_by_hand_only_is_not(registry: dict[str, Any], message: str) -> None:
    found = judged_scanning({"scanOnPush": True, "scanFrequency": "MANUAL"}, registry)
    assert isinstance(found, Failed)
    assert found.found == f"images in labs/web are not scanned on push{message}"


def test_a_repository_that_is_gone_cannot_be_judged() -> None:
    with pytest.raises(CannotTell, match="was deleted"):
        judged_scanning(None)


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
        ([rule(1, "tagged", COUNT, 99, tagPatternList=["*"]), rule(2, "any", COUNT, 10)], False),
        ([rule(1, "tagged", COUNT, 99, tagPatternList=["**", "*"]), rule(2, "any", COUNT, 10)], False),
        ([rule(1, "tagged", COUNT, 99, tagPatternList=["*", "v*"]), rule(2, "any", COUNT, 10)], True),
        ([rule(1, "tagged", COUNT, 99, tagPrefixList=["v"]), rule(2, "any", COUNT, 10)], True),
        ([rule(1, "tagged", COUNT, 5, tagPatternList=["*"]), rule(2, "any", COUNT, 10)], True),
        ([rule(1, "tagged", COUNT, 99, tagPatternList=["v*"]), rule(2, "any", COUNT, 10)], True),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, list) else str(value),
)
def test_ten_images_are_kept_by_a_rule_about_all_of_them(
    rules: list[dict[str, Any]], *, passes: bool
) -> None:
    assert isinstance(judged(lab.ten_images_are_kept, *rules), Passed) is passes
