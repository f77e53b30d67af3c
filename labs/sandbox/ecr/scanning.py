"""ECR's scanning rules of the registry, and who may use a repository."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException

from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute
from labs.sandbox.source import documented

_FREQUENCIES = {
    "BASIC": {"SCAN_ON_PUSH", "MANUAL"},
    "ENHANCED": {"SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"},
}


def filter_matches(pattern: str, repository: str) -> bool:
    """Whether a scanning filter selects a repository: the whole name with a wildcard, else a part of it."""
    if "*" not in pattern:
        return pattern in repository
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), repository) is not None


@patch(
    "ecr:scan-filters",
    "moto anchors wildcards at the start only",
    documented("AmazonECR/latest/userguide/image-scanning-filters.html"),
)
def _anchor_scan_filters() -> Undo:
    from moto.ecr.models import ECRBackend

    def matches(_: Any, pattern: str, name: str) -> bool:
        return filter_matches(pattern, name)

    return set_attribute(ECRBackend, "_match_repository_filter", matches)


@operation("ecr", "PutRegistryScanningConfiguration", "moto fails without rules and takes any frequency")
def put_registry_scanning_configuration(response: Any, _: Stock) -> ActionResult:
    """Sets the registry's scan type and rules; an absent list of rules empties it."""
    get = response._get_param
    scan_type, rules = get("scanType") or "BASIC", get("rules") or []
    for rule in rules:
        if rule["scanFrequency"] not in _FREQUENCIES.get(scan_type, ()):
            raise InvalidParameterException(
                "Invalid parameter at 'rules' failed to satisfy constraint: "
                f"'{rule['scanFrequency']} is not supported for scan type {scan_type}'"
            )
    response.ecr_backend.put_registry_scanning_configuration(scan_type, rules)
    return ActionResult({"registryScanningConfiguration": {"scanType": scan_type, "rules": rules}})


@operation("ecr", "BatchGetRepositoryScanningConfiguration", "moto always answers scanOnPush false")
def batch_get_repository_scanning_configuration(response: Any, _: Stock) -> ActionResult:
    """What is scanned when, from the registry's rules and the repository's own switch."""
    backend = response.ecr_backend
    names = response._get_param("repositoryNames")
    known = [backend.repositories[name] for name in names if name in backend.repositories]
    return ActionResult(
        {
            "scanningConfigurations": [_scanning(repository) for repository in known],
            "failures": [
                {
                    "repositoryName": name,
                    "failureCode": "REPOSITORY_NOT_FOUND",
                    "failureReason": "REPOSITORY_NOT_FOUND",
                }
                for name in names
                if name not in backend.repositories
            ],
        }
    )


def _scanning(repository: Any) -> dict[str, Any]:
    by_rule = repository.scanning_config["scanFrequency"]
    own = bool((repository.image_scanning_configuration or {}).get("scanOnPush"))
    frequency = "SCAN_ON_PUSH" if by_rule == "MANUAL" and own else by_rule
    return {
        **repository.scanning_config,
        "scanFrequency": frequency,
        "scanOnPush": frequency == "SCAN_ON_PUSH",
    }


@operation("ecr", "SetRepositoryPolicy", "moto takes statements without a Principal")
def set_repository_policy(response: Any, stock: Stock) -> Any:
    """A repository policy names principals. A Resource is taken: AWS refused it once, its examples have it today."""
    text = response._get_param("policyText")
    if not _is_repository_policy(text):
        raise InvalidParameterException(
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: "
            "'Invalid repository policy provided'"
        )
    return stock()


def _is_repository_policy(text: str) -> bool:
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        return False
    given = document.get("Statement") if isinstance(document, dict) else None
    statements = given if isinstance(given, list) else [given]
    return bool(statements) and all(_names_principals(one) for one in statements)


def _names_principals(statement: Any) -> bool:
    return isinstance(statement, dict) and bool(statement.keys() & {"Principal", "NotPrincipal"})


@operation("ecr", "PutImageTagMutability", "moto's answer leaves the exclusion filters out")
def put_image_tag_mutability(response: Any, stock: Stock) -> Any:
    """Answers with the filters that it kept."""
    answer = stock()
    get = response._get_param
    filters = get("imageTagMutabilityExclusionFilters")
    if filters:
        answer.result["imageTagMutabilityExclusionFilters"] = filters
    return answer
