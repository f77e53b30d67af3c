"""AWS::IAM: policies, inline and managed."""

from __future__ import annotations

import json
from typing import Any

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items, removed_and_added


def document_of(policy: Any) -> Doc:
    """The policy document of a template, which may be given as text."""
    document: Doc = json.loads(policy) if isinstance(policy, str) else policy
    return document


def arn_of(made: Made) -> Any:
    """The ARN of an IAM resource."""
    return made.document["Arn"]


_OWNERS = (("Role", "Roles"), ("User", "Users"), ("Group", "Groups"))


def _policy_owners(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Sets an AWS::IAM::Policy as an inline policy of each role, user and group that it names."""
    for kind, name in _OWNERS:
        for owner in items(old, name):
            if owner not in items(new, name) or new["PolicyName"] != old["PolicyName"]:
                api("iam", f"Delete{kind}Policy", {f"{kind}Name": owner, "PolicyName": old["PolicyName"]})
        for owner in items(new, name):
            given = {f"{kind}Name": owner, "PolicyName": new["PolicyName"]}
            api("iam", f"Put{kind}Policy", {**given, "PolicyDocument": document_of(new["PolicyDocument"])})


def _forget_policy(api: Api, made: Made) -> None:
    for kind, name in _OWNERS:
        for owner in items(made.properties, name):
            given = {f"{kind}Name": owner, "PolicyName": made.properties["PolicyName"]}
            api("iam", f"Delete{kind}Policy", given)


def _managed_owners(api: Api, made: Made, new: Doc, old: Doc) -> None:
    for kind, name in _OWNERS:
        removed, added = removed_and_added(name, new, old)
        for owner in removed:
            api("iam", f"Detach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": made.id})
        for owner in added:
            api("iam", f"Attach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": made.id})
    if old and new["PolicyDocument"] != old["PolicyDocument"]:
        _delete_old_versions(api, made)
        document = document_of(new["PolicyDocument"])
        api(
            "iam",
            "CreatePolicyVersion",
            {"PolicyArn": made.id, "PolicyDocument": document, "SetAsDefault": True},
        )


def _detach_everywhere(api: Api, made: Made) -> None:
    found = api("iam", "ListEntitiesForPolicy", {"PolicyArn": made.id})
    for kind, _ in _OWNERS:
        for each in found[f"Policy{kind}s"]:
            api("iam", f"Detach{kind}Policy", {f"{kind}Name": each[f"{kind}Name"], "PolicyArn": made.id})
    _delete_old_versions(api, made)


def _delete_old_versions(api: Api, made: Made) -> None:
    """Deletes all versions of a managed policy except the default one: it can have five."""
    for version in api("iam", "ListPolicyVersions", {"PolicyArn": made.id})["Versions"]:
        if not version["IsDefaultVersion"]:
            api("iam", "DeletePolicyVersion", {"PolicyArn": made.id, "VersionId": version["VersionId"]})


TYPES = (
    ResourceType(
        "AWS::IAM::ManagedPolicy",
        "iam",
        "CreatePolicy",
        answer=lambda answer: answer["Policy"],
        id="Arn",
        name_property="ManagedPolicyName",
        attributes={"PolicyArn": arn_of},
        renamed={"ManagedPolicyName": "PolicyName"},
        handled=frozenset({"Roles", "Users", "Groups"}),
        after=_managed_owners,
        changed_after=frozenset({"PolicyDocument"}),
        id_member="PolicyArn",
        replacing=frozenset({"ManagedPolicyName", "Path", "Description"}),
        delete="DeletePolicy",
        before_delete=_detach_everywhere,
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::Policy",
        "iam",
        "",
        id="PolicyName",
        handled=frozenset({"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"}),
        after=_policy_owners,
        before_delete=_forget_policy,
        capability=True,
    ),
)
