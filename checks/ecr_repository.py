"""A private repository with scan on push, immutable tags and a lifecycle policy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, first_of

from . import _ecr, _leftovers

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import RepositoryScanningConfigurationTypeDef

DAYS = 7
IMAGES = 10

Rule = Mapping[str, Any]
"""One rule of a lifecycle policy, as ECR stores it: rulePriority, selection, action."""


def repository_exists(account: Account, lab: Names) -> Outcome:
    """The private repository exists."""
    return _ecr.repository_exists(account, lab["repository"])


def images_are_scanned_on_push(account: Account, lab: Names) -> Outcome:
    """Images are scanned on push, by what ECR makes of the registry's rules and the repository's own setting."""
    name = lab["repository"]
    found = _scanning(account, name)
    frequency = found.get("scanFrequency") or ("SCAN_ON_PUSH" if found.get("scanOnPush") else "MANUAL")
    where = "scanningConfigurations[].[scanFrequency, scanOnPush, appliedScanFilters]"
    # Continuous scanning starts with the push.
    if frequency in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
        filters = ", ".join(repr(each["filter"]) for each in found.get("appliedScanFilters", []))
        by = f", by the registry filter {filters}" if filters else ""
        return Passed(f"images in {name} are scanned on push{by}", evidence=where)
    return Failed(
        found=_why_not_scanned(account, name),
        expected=f"scan on push for {name}",
        hint="Check the scan frequency and the repository filters of the registry, and the setting of the repository.",
        evidence=(where, "scanningConfiguration"),
    )


def _scanning(account: Account, name: str) -> RepositoryScanningConfigurationTypeDef:
    """The scanning configuration that ECR applies to the repository.

    Rules of the registry, and Amazon Inspector as its scanner, override the setting of the repository.
    """
    answer = account.ecr.batch_get_repository_scanning_configuration(repositoryNames=[name])
    configurations = answer.get("scanningConfigurations", [])
    if not configurations:
        raise CannotTell(f"repository {name} was deleted during the check")
    return first_of(configurations, f"scanning configuration of {name}")


def _why_not_scanned(account: Account, name: str) -> str:
    """The reason why images are not scanned on push, as a phrase."""
    registry = account.ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    rules = [rule for rule in registry.get("rules", []) if rule["scanFrequency"] != "MANUAL"]
    filters = ", ".join(repr(each["filter"]) for rule in rules for each in rule["repositoryFilters"])
    off = f"images in {name} are not scanned on push"
    if filters:
        return f"{off}: the scanning rules of the registry select only {filters}"
    if registry.get("scanType") == "ENHANCED":
        return f"{off}: the registry uses enhanced scanning (Amazon Inspector), and no registry rule scans on push"
    return f"{off}: neither the repository setting nor a registry rule scans on push"


def tags_are_immutable(account: Account, lab: Names) -> Outcome:
    """Tags are immutable, without exclusions."""
    found = _ecr.the_repository(account, lab["repository"])["imageTagMutability"]
    if found == "IMMUTABLE":
        return Passed("tag mutability is IMMUTABLE", evidence="repositories[0].imageTagMutability")
    return Failed(
        found=f"tag mutability is {found}",
        expected="tag mutability IMMUTABLE, without exclusions",
        hint="Check the tag mutability of the repository and its exclusion filters.",
        evidence=("repositories[0].imageTagMutability", "repositories[0].imageTagMutabilityExclusionFilters"),
    )


def untagged_images_expire(account: Account, lab: Names) -> Outcome:
    """A lifecycle rule expires untagged images within days of their push."""
    rules = _rules(account, lab["repository"])
    # Later rules do not evaluate an image that one rule selects, so `any` counts only without `untagged`.
    governing = [*_about(rules, "untagged")] or [*_about(rules, "any")]
    for rule in governing:
        if _expires(rule, "sinceImagePushed", DAYS):
            return Passed(_rule_text(rule), evidence="lifecyclePolicyText")
    return Failed(
        found=_rules_text(governing, "no lifecycle rule for untagged images", rules),
        expected=f"a rule that expires untagged images at most {DAYS} days after their push",
        hint="Check the tag status, the count type and the count number of the rule.",
        evidence="lifecyclePolicyText",
    )


def ten_images_are_kept(account: Account, lab: Names) -> Outcome:
    """A lifecycle rule keeps at most ten images, whatever their tags."""
    rules = _rules(account, lab["repository"])
    # An image that an earlier rule selects cannot expire by a later one.
    shadows = [rule for rule in _about(rules, "tagged") if _has_every_tag(rule) and not _keeps_few(rule)]
    governing = shadows or [*_about(rules, "any")]
    for rule in governing:
        if _keeps_few(rule):
            return Passed(_rule_text(rule), evidence="lifecyclePolicyText")
    return Failed(
        found=_rules_text(governing, "no lifecycle rule for images of any tag status", rules),
        expected=f"a rule that expires images of any tag status when there are more than {IMAGES}",
        hint="Check which tag status the rule selects, and from which number of images it expires the oldest.",
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
    """The rules for images of this tag status that are not in the archive."""
    for rule in rules:
        selection = rule["selection"]
        if selection["tagStatus"] == status and selection.get("storageClass", "standard") == "standard":
            yield rule


def _has_every_tag(rule: Rule) -> bool:
    """Whether a rule selects all tagged images. An image has to match every pattern of a rule."""
    return {char for pattern in rule["selection"].get("tagPatternList", []) for char in pattern} == {"*"}


def _keeps_few(rule: Rule) -> bool:
    return _expires(rule, "imageCountMoreThan", IMAGES)


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
    return f"{none}, only {'; '.join(map(_rule_text, rules))}" if rules else "no lifecycle policy"


READS = (
    *_ecr.REPOSITORY_READS,
    "ecr:BatchGetRepositoryScanningConfiguration",
    "ecr:GetRegistryScanningConfiguration",
    "ecr:GetLifecyclePolicy",
)
LEFTOVERS = (
    _leftovers.of(
        "repositories like", "repository", repository=["{repository}"], repositories_like=["{repository}"]
    ),
)
OBJECTIVES = (
    Objective("repository", repository_exists),
    Objective("scan-on-push", images_are_scanned_on_push, needs=("repository",)),
    Objective("immutable-tags", tags_are_immutable, needs=("repository",)),
    Objective("expire-untagged", untagged_images_expire, needs=("repository",)),
    Objective("keep-ten", ten_images_are_kept, needs=("repository",)),
)
