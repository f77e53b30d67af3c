"""Policies of repositories and of the registry.

The registry policy applies to every ECR action in scope V2, as in a new account, and in scope V1 only to
replication and pull-through caches. Source: user guide of ECR, "Private registry permissions".
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException

from labs.iam import Policy
from labs.sandbox.access.roles import parsed
from labs.sandbox.ecr.account_settings import setting
from labs.sandbox.extend import Stock, operation
from labs.sandbox.source import recorded

_V1 = {"ecr:CreateRepository", "ecr:ReplicateImage", "ecr:BatchImportUpstreamImage"}


def repository_policy(backend: Any, repository: Any) -> Policy | None:
    """The repository policy and the registry policy that apply to a repository, as one; None if there are none."""
    registry = backend.registry_policy if setting(backend, "REGISTRY_POLICY_SCOPE") == "V2" else None
    texts = [repository.policy if repository else None, registry]
    policies = [policy for policy in map(parsed, texts) if policy]
    blocks = tuple(block for policy in policies for block in policy.statements)
    return Policy(blocks, "of the registry") if policies else None


@operation("ecr", "PutRegistryPolicy", "moto takes two actions only, which were those of scope V1")
def put_registry_policy(response: Any, _: Stock) -> ActionResult:
    """Sets the registry policy, which can contain any ECR action in scope V2, and three actions in scope V1."""
    text, backend = response._get_param("policyText"), response.ecr_backend
    policy = parsed(text) if _names_all_principals(text) else None
    actions = {action for block in policy.statements for action in block.actions.listed} if policy else set()
    narrow = setting(backend, "REGISTRY_POLICY_SCOPE") == "V1"
    if policy is None or (actions - _V1 if narrow else any(not _is_of_ecr(action) for action in actions)):
        raise InvalidParameterException(
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'"
        )
    backend.registry_policy = text
    return ActionResult({"registryId": backend.account_id, "policyText": text})


def _is_of_ecr(action: str) -> bool:
    return action == "*" or action.lower().startswith("ecr:")


@operation(
    "ecr",
    "SetRepositoryPolicy",
    "moto takes statements without a Principal, and keeps the text as it was given",
    recorded("ecr:GetRepositoryPolicy"),
)
def set_repository_policy(response: Any, stock: Stock) -> Any:
    """Sets a repository policy, which must name principals. A Resource is accepted, as in AWS's current examples."""
    text = response._get_param("policyText")
    if not _names_all_principals(text):
        raise InvalidParameterException(
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: "
            "'Invalid repository policy provided'"
        )
    answer = stock()
    repository = response.ecr_backend._get_repository(
        response._get_param("repositoryName"), response._get_param("registryId")
    )
    repository.policy = answer.result["policyText"] = pretty_printed(json.loads(text))
    return answer


def pretty_printed(value: Any, margin: str = "") -> str:
    """JSON as ECR formats a policy: spaces around colons, and lists on one line unless they contain objects."""
    if isinstance(value, list):
        items = ", ".join(pretty_printed(item, margin) for item in value)
        return f"[ {items} ]" if value else "[ ]"
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    inner = f"{margin}  "
    pairs = [f"{inner}{json.dumps(key)} : {pretty_printed(item, inner)}" for key, item in value.items()]
    return "{{\n{}\n{}}}".format(",\n".join(pairs), margin) if pairs else "{ }"


def _names_all_principals(text: str) -> bool:
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return False
    given = document.get("Statement") if isinstance(document, dict) else None
    statements = given if isinstance(given, list) else [given]
    return bool(statements) and all(_names_principals(one) for one in statements)


def _names_principals(statement: Any) -> bool:
    return isinstance(statement, dict) and bool(statement.keys() & {"Principal", "NotPrincipal"})
