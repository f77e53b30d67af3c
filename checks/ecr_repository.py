"""A private repository that keeps itself in order: scanned, immutable, and rid of old images by rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed

from . import _ecr, _leftovers

DAYS = 7
IMAGES = 10

Rule = Mapping[str, Any]
"""One rule of a lifecycle policy, as ECR keeps it: rulePriority, selection, action."""


def repository_exists(account: Account, lab: Names) -> Outcome:
    """The private repository is there."""
    return _ecr.repository_exists(account, lab["repository"])


def images_are_scanned_on_push(account: Account, lab: Names) -> Outcome:
    """Images are scanned on push, by the repository's own setting or by a rule of the registry."""
    name = lab["repository"]
    repository = _ecr.the_repository(account, name)
    if repository.get("imageScanningConfiguration", {}).get("scanOnPush"):
        return Passed(f"{name} scans on push", evidence="repositories[0].imageScanningConfiguration")
    filters = [*_filters_that_scan(account)]
    where = "scanningConfiguration.rules"
    for text in filters:
        if filter_matches(text, name):
            return Passed(f"a scanning rule of the registry selects {name} by {text!r}", evidence=where)
    summary = ", ".join(map(repr, filters))
    return Failed(
        found=f"scan on push is off for {name}, "
        + (
            f"and the registry's scanning rules select only {summary}"
            if summary
            else "and no rule of the registry scans"
        ),
        expected=f"a scan of each image that is pushed to {name}",
        hint="What starts a scan when an image arrives? If a rule should: which names does its filter select?",
        evidence=("repositories[0].imageScanningConfiguration", where),
    )


def _filters_that_scan(account: Account) -> Iterator[str]:
    """The filters of the registry's rules that scan on push; continuous scanning starts with the push."""
    configuration = account.ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    for rule in configuration.get("rules", []):
        if rule["scanFrequency"] in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
            yield from (each["filter"] for each in rule["repositoryFilters"])


def filter_matches(text: str, repository: str) -> bool:
    """Whether a scanning filter selects a repository: its whole name with a wildcard, else a part of it.

    Source: "Filters to choose which repositories are scanned" of the ECR user guide.
    """
    if "*" not in text:
        return text in repository
    return re.fullmatch(".*".join(map(re.escape, text.split("*"))), repository) is not None


def tags_are_immutable(account: Account, lab: Names) -> Outcome:
    """No tag can be moved to another image, without exclusion."""
    found = _ecr.the_repository(account, lab["repository"])["imageTagMutability"]
    if found == "IMMUTABLE":
        return Passed("tags are IMMUTABLE", evidence="repositories[0].imageTagMutability")
    return Failed(
        found=f"tags are {found}",
        expected="IMMUTABLE, for every tag",
        hint="Could somebody push another image under a tag that is already deployed?",
        evidence=("repositories[0].imageTagMutability", "repositories[0].imageTagMutabilityExclusionFilters"),
    )


def untagged_images_expire(account: Account, lab: Names) -> Outcome:
    """A lifecycle rule expires untagged images within days of their push."""
    rules = _rules(account, lab["repository"])
    # An image that one rule selects is out of reach for every rule after it, so `any` counts only without `untagged`.
    governing = [*_about(rules, "untagged")] or [*_about(rules, "any")]
    for rule in governing:
        if _expires(rule, "sinceImagePushed", DAYS):
            return Passed(_rule_text(rule), evidence="lifecyclePolicyText")
    return Failed(
        found=_rules_text(governing, "no lifecycle rule about untagged images", rules),
        expected=f"a rule that expires untagged images at most {DAYS} days after their push",
        hint="What makes an image lose its tag, and does the rule measure its age or count its kind?",
        evidence="lifecyclePolicyText",
    )


def ten_images_are_kept(account: Account, lab: Names) -> Outcome:
    """A lifecycle rule keeps at most ten images, whatever their tags."""
    rules = _rules(account, lab["repository"])
    governing = [*_about(rules, "any")]
    for rule in governing:
        if _expires(rule, "imageCountMoreThan", IMAGES):
            return Passed(_rule_text(rule), evidence="lifecyclePolicyText")
    return Failed(
        found=_rules_text(governing, "no lifecycle rule about images of any tag status", rules),
        expected=f"a rule that expires images of any tag status where there are more than {IMAGES}",
        hint="Which images does the rule count, and from which number on does it expire the oldest?",
        evidence="lifecyclePolicyText",
    )


def _rules(account: Account, repository: str) -> list[Rule]:
    """The rules of the repository's lifecycle policy, in the order in which they are applied."""
    try:
        text = account.ecr.get_lifecycle_policy(repositoryName=repository)["lifecyclePolicyText"]
    except account.ecr.exceptions.LifecyclePolicyNotFoundException:
        return []
    rules: list[Rule] = json.loads(text)["rules"]
    return sorted(rules, key=lambda rule: rule["rulePriority"])


def _about(rules: list[Rule], status: str) -> Iterator[Rule]:
    """The rules about images of this tag status that are not in the archive."""
    for rule in rules:
        selection = rule["selection"]
        if selection["tagStatus"] == status and selection.get("storageClass", "standard") == "standard":
            yield rule


def _expires(rule: Rule, count_type: str, most: int) -> bool:
    selection = rule["selection"]
    return (
        rule["action"]["type"] == "expire"
        and selection["countType"] == count_type
        and int(selection["countNumber"]) <= most
    )


def _rule_text(rule: Rule) -> str:
    selection = rule["selection"]
    number = selection["countNumber"]
    unit = f" day{'s' if number != 1 else ''}" if selection.get("countUnit") == "days" else ""
    return (
        f"rule {rule['rulePriority']} ({rule['action']['type']} {selection['tagStatus']}, "
        f"{selection['countType']} {number}{unit})"
    )


def _rules_text(governing: list[Rule], none: str, rules: list[Rule]) -> str:
    if governing:
        return "; ".join(map(_rule_text, governing))
    return f"{none}: only {'; '.join(map(_rule_text, rules))}" if rules else "no lifecycle policy"


READS = (
    *_ecr.REPOSITORY_READS,
    "ecr:GetRegistryScanningConfiguration",
    "ecr:GetLifecyclePolicy",
)
LEFTOVERS = (_leftovers.repository(),)
OBJECTIVES = (
    Objective("repository", repository_exists),
    Objective("scan-on-push", images_are_scanned_on_push, needs=("repository",)),
    Objective("immutable-tags", tags_are_immutable, needs=("repository",)),
    Objective("expire-untagged", untagged_images_expire, needs=("repository",)),
    Objective("keep-ten", ten_images_are_kept, needs=("repository",)),
)
