"""ECR's lifecycle policies, validated as the user guide describes them ("Lifecycle policy properties").

moto validates a part of this, and refuses features that AWS added later: rules by last pull, and archiving.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from moto.ecr.exceptions import InvalidParameterException

from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute
from labs.sandbox.source import documented, recorded

MAX_RULES = 50
MAX_WILDCARDS = 4
StorageClass = Literal["standard", "archive"]


class ImageSelection(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The selection of images in a rule."""

    tag_status: Literal["tagged", "untagged", "any"]
    count_type: Literal[
        "imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"
    ]
    count_number: int
    count_unit: Literal["days"] | msgspec.UnsetType = msgspec.UNSET
    tag_prefix_list: list[str] | msgspec.UnsetType = msgspec.UNSET
    tag_pattern_list: list[str] | msgspec.UnsetType = msgspec.UNSET
    storage_class: StorageClass | msgspec.UnsetType = msgspec.UNSET


class Action(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The action of a rule."""

    type: Literal["expire", "transition"]
    target_storage_class: Literal["archive"] | msgspec.UnsetType = msgspec.UNSET


class Rule(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """One rule; the lowest priority number is applied first."""

    rule_priority: Annotated[int, msgspec.Meta(ge=1)]
    selection: ImageSelection
    action: Action
    description: str = ""


class LifecyclePolicy(msgspec.Struct, forbid_unknown_fields=True):
    """A lifecycle policy."""

    rules: Annotated[list[Rule], msgspec.Meta(min_length=1, max_length=MAX_RULES)]


def validate(text: str) -> LifecyclePolicy:
    """The policy in `text`. Raises InvalidParameterException if AWS would refuse it."""
    try:
        policy = msgspec.convert(json.loads(text), LifecyclePolicy)
    except (json.JSONDecodeError, RecursionError):
        raise _refusal("Could not map policyString into LifecyclePolicy.") from None
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None
    for fault in _faults(policy):
        raise _refusal(fault)
    return policy


def _refusal(why: str) -> InvalidParameterException:
    return InvalidParameterException(
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
        f"'Lifecycle policy validation failure: {why}'"
    )


def _faults(policy: LifecyclePolicy) -> Iterator[str]:
    priorities = [rule.rule_priority for rule in policy.rules]
    others = [rule.rule_priority for rule in policy.rules if rule.selection.tag_status != "any"]
    for rule in policy.rules:
        if priorities.count(rule.rule_priority) > 1:
            yield f"rulePriority {rule.rule_priority} is not unique"
        if rule.selection.tag_status == "any" and rule.rule_priority < max(others, default=0):
            yield "tagStatus=ANY must have the highest rulePriority"
        yield from _tag_faults(rule.selection)
        yield from _count_faults(rule.selection)
        yield from _action_faults(rule)
    for status in ("untagged", "any"):
        classes = [
            rule.selection.storage_class for rule in policy.rules if rule.selection.tag_status == status
        ]
        if len(classes) != len(set(classes)):
            yield f"only one rule may select images with tagStatus={status}"


def _tag_faults(selection: ImageSelection) -> Iterator[str]:
    lists = [tags for tags in (selection.tag_prefix_list, selection.tag_pattern_list) if tags]
    if selection.tag_status == "tagged" and len(lists) != 1:
        yield "tagStatus=TAGGED needs either tagPrefixList or tagPatternList"
    given = (selection.tag_prefix_list, selection.tag_pattern_list)
    if selection.tag_status != "tagged" and given != (msgspec.UNSET, msgspec.UNSET):
        yield f"tagStatus={selection.tag_status.upper()} does not allow tagPrefixList or tagPatternList"
    if any(pattern.count("*") > MAX_WILDCARDS for pattern in selection.tag_pattern_list or []):
        yield "tagPatternList allows at most four wildcards in a pattern"


def _count_faults(selection: ImageSelection) -> Iterator[str]:
    """The faults of a rule's count; AWS's schema has one form for counts and one for ages, hence its message."""
    if selection.count_number < 1:
        least = f"(minimum: 1, found: {selection.count_number})"
        yield f"numeric instance is lower than the required minimum {least}\n"
    by_age = selection.count_type != "imageCountMoreThan"
    if by_age != (selection.count_unit == "days"):
        yield "instance failed to match exactly one schema (matched 0 out of 2)"


def _action_faults(rule: Rule) -> Iterator[str]:
    if (rule.action.type == "transition") != (rule.action.target_storage_class == "archive"):
        yield "targetStorageClass goes with a transition, and a transition needs it"
    archived = rule.selection.storage_class == "archive"
    if rule.selection.count_type == "sinceImageTransitioned" and not archived:
        yield "countType=sinceImageTransitioned needs storageClass=archive"
    if rule.action.type == "transition" and archived:
        yield "an archived image cannot be moved to the archive"


@patch(
    "ecr:lifecycle",
    "moto misses countUnit, tag lists, priorities and doubles, and refuses the newer fields",
    documented("AmazonECR/latest/userguide/lifecycle_policy_parameters.html"),
)
def _validate_as_aws_does() -> Undo:
    from moto.ecr.policy_validation import EcrLifecyclePolicyValidator

    def check(validator: Any) -> None:
        validate(validator._policy_text)

    return set_attribute(EcrLifecyclePolicyValidator, "validate", check)


NEVER = datetime.fromtimestamp(0, UTC)
"""The evaluation time of a policy that was not evaluated yet."""


@operation(
    "ecr", "PutLifecyclePolicy", "moto keeps the text as it was given", recorded("ecr:GetLifecyclePolicy")
)
def put_lifecycle_policy(response: Any, stock: Stock) -> Any:
    """Stores the policy as JSON without whitespace."""
    answer = stock()
    get = response._get_param
    text = json.dumps(json.loads(get("lifecyclePolicyText")), separators=(",", ":"), ensure_ascii=False)
    response.ecr_backend._get_repository(get("repositoryName"), get("registryId")).lifecycle_policy = text
    answer.result["lifecyclePolicyText"] = text
    return answer


@operation(
    "ecr", "GetLifecyclePolicy", "moto evaluates a policy when it is read", recorded("ecr:GetLifecyclePolicy")
)
def get_lifecycle_policy(response: Any, stock: Stock) -> Any:  # noqa: ARG001 - the request is moto's affair
    """The policy. AWS evaluates it within 24 hours; the sandbox never does."""
    answer = stock()
    answer.result["lastEvaluatedAt"] = NEVER
    return answer
