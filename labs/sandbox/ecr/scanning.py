"""The scanning configuration of the registry."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException

from labs.iam.pattern import STAR, matches
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
    return matches(pattern.replace("*", STAR), repository)


@patch(
    "ecr:scan-filters",
    "moto anchors wildcards at the start only",
    documented("AmazonECR/latest/userguide/image-scanning-filters.html"),
)
def _anchor_scan_filters() -> Undo:
    from moto.ecr.models import ECRBackend

    def match(_: Any, pattern: str, name: str) -> bool:
        return filter_matches(pattern, name)

    return set_attribute(ECRBackend, "_match_repository_filter", match)


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
    """The scan frequency of a repository, from the registry's rules and the repository's own setting."""
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


def frequency_of(repository: Any) -> str:
    """The scan frequency of a repository: by the registry's rules, if there are any or its scanner is Inspector.

    Otherwise the repository's own setting applies: "Any repositories not matching a basic scanning scan on
    push filter will be set to the manual scan frequency", and under enhanced scanning their scans are off.
    """
    own = bool((repository.image_scanning_configuration or {}).get("scanOnPush"))
    frequency: str = repository.scanning_config["scanFrequency"]
    return "SCAN_ON_PUSH" if own and not _ruled(repository) else frequency


def _scanning(repository: Any) -> dict[str, Any]:
    frequency = frequency_of(repository)
    return {
        **repository.scanning_config,
        "scanFrequency": frequency,
        "scanOnPush": frequency == "SCAN_ON_PUSH",
    }


def _ruled(repository: Any) -> bool:
    from moto.ecr.models import ecr_backends

    backend = ecr_backends[repository.account_id][repository.region_name]
    configuration = backend.registry_scanning_configuration
    return bool(configuration["rules"]) or configuration["scanType"] == "ENHANCED"


@operation("ecr", "PutImageTagMutability", "moto's answer leaves the exclusion filters out")
def put_image_tag_mutability(response: Any, stock: Stock) -> Any:
    """Sets the tag mutability. The response contains the stored filters."""
    answer = stock()
    get = response._get_param
    filters = get("imageTagMutabilityExclusionFilters")
    if filters:
        answer.result["imageTagMutabilityExclusionFilters"] = filters
    return answer
