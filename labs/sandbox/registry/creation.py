"""Create on push: the first push to a missing repository creates it, if a creation template matches.

Source: ECR user guide, "Repository creation templates" (applied for CREATE_ON_PUSH; the longest prefix wins, ROOT
is for all others). The caller needs ecr:CreateRepository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs.errors import RegistryError
from labs.sandbox.ecr.creation_templates import template_for

if TYPE_CHECKING:
    from labs.sandbox.registry.ecr_calls import EcrCalls
    from labs.sandbox.registry.registry_request import RegistryRequest

_FROM_TEMPLATE = {
    "encryptionConfiguration": "encryptionConfiguration",
    "imageTagMutability": "imageTagMutability",
    "imageTagMutabilityExclusionFilters": "imageTagMutabilityExclusionFilters",
    "resourceTags": "tags",
}
"""Members of a template, and their names in CreateRepository."""


def create_on_push(target: RegistryRequest) -> None:
    """Creates the repository of a push, if it does not exist and a template matches."""
    if target.method != "POST" or _exists(target):
        return
    template = template_for(target.ecr.account, target.ecr.region, target.repository)
    if template is not None and "CREATE_ON_PUSH" in template["appliedFor"]:
        _create(target.ecr, target.repository, template)


def _exists(target: RegistryRequest) -> bool:
    try:
        target.ecr.require_repository(target.repository)
    except RegistryError:
        return False
    return True


def _create(ecr: EcrCalls, repository: str, template: dict[str, Any]) -> None:
    settings = {theirs: template[ours] for ours, theirs in _FROM_TEMPLATE.items() if template.get(ours)}
    ecr("CreateRepository", repositoryName=repository, **settings)
    if template.get("repositoryPolicy"):
        ecr("SetRepositoryPolicy", repositoryName=repository, policyText=template["repositoryPolicy"])
    if template.get("lifecyclePolicy"):
        ecr("PutLifecyclePolicy", repositoryName=repository, lifecyclePolicyText=template["lifecyclePolicy"])
