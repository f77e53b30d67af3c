"""A private repository that keeps itself in order: scanned, immutable, and rid of old images by rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed

from . import _ecr, _leftovers
from ._answers import first_of

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import RepositoryScanningConfigurationTypeDef

DAYS = 7
IMAGES = 10

Rule = Mapping[str, Any]
"""One rule of a lifecycle policy, as ECR keeps it: rulePriority, selection, action."""


def repository_exists(account: Account, lab: Names) -> Outcome:
    """The private repository is there."""
    return _ecr.repository_exists(account, lab["repository"])


def images_are_scanned_on_push(account: Account, lab: Names) -> Outcome:
    """Images are scanned on push, by what ECR makes of the registry's rules and the repository's own setting."""
    name = lab["repository"]
    found = _scanning(account, name)
    frequency = found.get("scanFrequency") or ("SCAN_ON_PUSH" if found.get("scanOnPush") else "MANUAL")
    where = "scanningConfigurations[].[scanFrequency, scanOnPush, appliedScanFilters]"
    # Continuous scanning begins with the push.
    if frequency in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
        filters = ", ".join(repr(each["filter"]) for each in found.get("appliedScanFilters", []))
        by = f", by the registry's filter {filters}" if filters else ""
        return Passed(f"{name} is scanned on push{by}", evidence=where)
    return Failed(
        found=_why_not_scanned(account, name),
        expected=f"a scan of each image that is pushed to {name}",
        hint="What starts a scan when an image arrives? If a rule should: which names does its filter select?",
        evidence=(where, "scanningConfiguration"),
    )


def _scanning(account: Account, name: str) -> RepositoryScanningConfigurationTypeDef:
    """What ECR itself says of when images of the repository are scanned.

    The registry's rules, and the scanner Amazon Inspector, take away what the repository's own setting says.
    """
    answer = account.ecr.batch_get_repository_scanning_configuration(repositoryNames=[name])
    configurations = answer.get("scanningConfigurations", [])
    if not configurations:
        raise CannotTell(f"repository {name} has gone while it was looked at")
    return first_of(configurations, f"scanning configuration of {name}")


def _why_not_scanned(account: Account, name: str) -> str:
    """The registry's part in it, as a phrase."""
    registry = account.ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    rules = [rule for rule in registry.get("rules", []) if rule["scanFrequency"] != "MANUAL"]
    filters = ", ".join(repr(each["filter"]) for rule in rules for each in rule["repositoryFilters"])
    off = f"{name} is not scanned on push"
    if filters:
        return f"{off}: the registry's scanning rules select only {filters}"
    if registry.get("scanType") == "ENHANCED":
        return f"{off}: the registry's scanner is Amazon Inspector, and no rule of the registry scans on push"
    return f"{off}: neither its own setting nor a rule of the registry says so"


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
    "ecr:BatchGetRepositoryScanningConfiguration",
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
