"""Repository creation templates: the settings of repositories that a push, pull-through cache or replication creates.

Source: API reference of ECR (CreateRepositoryCreationTemplate and its sisters); moto has none of them.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend, ecr_backends

from labs.sandbox.ecr.repositories import refusal
from labs.sandbox.extend import Stock, operation
from labs.sandbox.world import clock

ROOT = "ROOT"
_MEMBERS = (
    "prefix",
    "description",
    "encryptionConfiguration",
    "resourceTags",
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "repositoryPolicy",
    "lifecyclePolicy",
    "appliedFor",
    "customRoleArn",
)
_DEFAULTS: dict[str, Any] = {
    "imageTagMutability": "MUTABLE",
    "encryptionConfiguration": {"encryptionType": "AES256"},
}

Templates = dict[str, dict[str, Any]]


def template_for(account: str, region: str, repository: str) -> dict[str, Any] | None:
    """The template for a new repository: the one with the longest matching prefix, else the one for ROOT."""
    templates = _templates(ecr_backends[account][region])
    matching = [prefix for prefix in templates if repository.startswith(f"{prefix}/")]
    return templates.get(max(matching, key=len, default=ROOT))


def _templates(backend: ECRBackend) -> Templates:
    found: Templates = vars(backend).setdefault("creation_templates", {})
    return found


def _existing(response: Any) -> dict[str, Any]:
    prefix = response._get_param("prefix")
    template = _templates(response.ecr_backend).get(prefix)
    if template is None:
        raise refusal(
            "TemplateNotFoundException",
            f"The Repository Creation Template with prefix '{prefix}' does not exist in the registry with id "
            f"'{response.current_account}'",
        )
    return template


def _given(response: Any) -> dict[str, Any]:
    pairs = ((name, response._get_param(name)) for name in _MEMBERS)
    return {name: value for name, value in pairs if value is not None}


@operation("ecr", "CreateRepositoryCreationTemplate", "missing in moto")
def create_template(response: Any, _: Stock) -> ActionResult:
    """Creates a template with a unique prefix."""
    given = _given(response)
    templates = _templates(response.ecr_backend)
    if given["prefix"] in templates:
        raise refusal(
            "TemplateAlreadyExistsException",
            f"The Repository Creation Template with prefix '{given['prefix']}' already exists in the registry with "
            f"id '{response.current_account}'",
        )
    template = {**_DEFAULTS, **given, "createdAt": clock.now(), "updatedAt": clock.now()}
    templates[given["prefix"]] = template
    return _answered(response, template)


@operation("ecr", "UpdateRepositoryCreationTemplate", "missing in moto")
def update_template(response: Any, _: Stock) -> ActionResult:
    """Changes the given members."""
    template = _existing(response)
    template.update(_given(response), updatedAt=clock.now())
    return _answered(response, template)


@operation("ecr", "DescribeRepositoryCreationTemplates", "missing in moto")
def describe_templates(response: Any, _: Stock) -> ActionResult:
    """All templates, or those with the given prefixes."""
    wanted = response._get_param("prefixes")
    found = [
        template
        for prefix, template in _templates(response.ecr_backend).items()
        if wanted is None or prefix in wanted
    ]
    return ActionResult({"registryId": response.current_account, "repositoryCreationTemplates": found})


@operation("ecr", "DeleteRepositoryCreationTemplate", "missing in moto")
def delete_template(response: Any, _: Stock) -> ActionResult:
    """Deletes a template; repositories created from it stay."""
    template = _existing(response)
    del _templates(response.ecr_backend)[template["prefix"]]
    return _answered(response, template)


def _answered(response: Any, template: dict[str, Any]) -> ActionResult:
    return ActionResult({"registryId": response.current_account, "repositoryCreationTemplate": template})
