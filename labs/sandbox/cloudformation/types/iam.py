"""AWS::IAM: roles, policies, instance profiles, users."""

from __future__ import annotations

import json
from typing import Any

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items


def _document(policy: Any) -> Doc:
    document: Doc = json.loads(policy) if isinstance(policy, str) else policy
    return document


def _arn(made: Made) -> Any:
    return made.document["Arn"]


def _inline(api: Api, kind: str, owner: str, new: list[Doc], old: list[Doc]) -> None:
    """Puts and deletes inline policies of a role, user or group."""
    given = {f"{kind}Name": owner}
    names = {each["PolicyName"] for each in new}
    for each in old:
        if each["PolicyName"] not in names:
            api("iam", f"Delete{kind}Policy", {**given, "PolicyName": each["PolicyName"]})
    for each in new:
        if each not in old:
            document = _document(each["PolicyDocument"])
            api(
                "iam",
                f"Put{kind}Policy",
                {**given, "PolicyName": each["PolicyName"], "PolicyDocument": document},
            )


def _attached(api: Api, kind: str, owner: str, new: list[str], old: list[str]) -> None:
    """Attaches and detaches managed policies."""
    for arn in old:
        if arn not in new:
            api("iam", f"Detach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": arn})
    for arn in new:
        if arn not in old:
            api("iam", f"Attach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": arn})


def _role_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _attached(api, "Role", made.id, items(new, "ManagedPolicyArns"), items(old, "ManagedPolicyArns"))
    _inline(api, "Role", made.id, items(new, "Policies"), items(old, "Policies"))
    if old and new.get("AssumeRolePolicyDocument") != old.get("AssumeRolePolicyDocument"):
        trust = _document(new["AssumeRolePolicyDocument"])
        api("iam", "UpdateAssumeRolePolicy", {"RoleName": made.id, "PolicyDocument": trust})
    if old and new.get("PermissionsBoundary") != old.get("PermissionsBoundary"):
        _set_boundary(api, made.id, new.get("PermissionsBoundary"))


def _set_boundary(api: Api, role: str, boundary: str | None) -> None:
    if boundary:
        api("iam", "PutRolePermissionsBoundary", {"RoleName": role, "PermissionsBoundary": boundary})
    else:
        api("iam", "DeleteRolePermissionsBoundary", {"RoleName": role})


def _empty_role(api: Api, made: Made) -> None:
    """Takes off what would keep a role from being deleted."""
    given = {"RoleName": made.id}
    for each in api("iam", "ListAttachedRolePolicies", given)["AttachedPolicies"]:
        api("iam", "DetachRolePolicy", {**given, "PolicyArn": each["PolicyArn"]})
    for name in api("iam", "ListRolePolicies", given)["PolicyNames"]:
        api("iam", "DeleteRolePolicy", {**given, "PolicyName": name})
    for each in api("iam", "ListInstanceProfilesForRole", given)["InstanceProfiles"]:
        profile = {"InstanceProfileName": each["InstanceProfileName"]}
        api("iam", "RemoveRoleFromInstanceProfile", {**given, **profile})


def _profile_roles(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"InstanceProfileName": made.id}
    for role in items(old, "Roles"):
        if role not in items(new, "Roles"):
            api("iam", "RemoveRoleFromInstanceProfile", {**given, "RoleName": role})
    for role in items(new, "Roles"):
        if role not in items(old, "Roles"):
            api("iam", "AddRoleToInstanceProfile", {**given, "RoleName": role})


def _empty_profile(api: Api, made: Made) -> None:
    found = api("iam", "GetInstanceProfile", {"InstanceProfileName": made.id})["InstanceProfile"]
    for role in found["Roles"]:
        given = {"InstanceProfileName": made.id, "RoleName": role["RoleName"]}
        api("iam", "RemoveRoleFromInstanceProfile", given)


_OWNERS = (("Role", "Roles"), ("User", "Users"), ("Group", "Groups"))


def _policy_owners(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """An AWS::IAM::Policy is an inline policy of each role, user and group that it names."""
    for kind, name in _OWNERS:
        for owner in items(old, name):
            if owner not in items(new, name) or new["PolicyName"] != old["PolicyName"]:
                api("iam", f"Delete{kind}Policy", {f"{kind}Name": owner, "PolicyName": old["PolicyName"]})
        for owner in items(new, name):
            given = {f"{kind}Name": owner, "PolicyName": new["PolicyName"]}
            api("iam", f"Put{kind}Policy", {**given, "PolicyDocument": _document(new["PolicyDocument"])})


def _forget_policy(api: Api, made: Made) -> None:
    for kind, name in _OWNERS:
        for owner in items(made.properties, name):
            given = {f"{kind}Name": owner, "PolicyName": made.properties["PolicyName"]}
            api("iam", f"Delete{kind}Policy", given)


def _managed_owners(api: Api, made: Made, new: Doc, old: Doc) -> None:
    for kind, name in _OWNERS:
        for owner in items(old, name):
            if owner not in items(new, name):
                api("iam", f"Detach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": made.id})
        for owner in items(new, name):
            if owner not in items(old, name):
                api("iam", f"Attach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": made.id})
    if old and new["PolicyDocument"] != old["PolicyDocument"]:
        document = _document(new["PolicyDocument"])
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
    for version in api("iam", "ListPolicyVersions", {"PolicyArn": made.id})["Versions"]:
        if not version["IsDefaultVersion"]:
            api("iam", "DeletePolicyVersion", {"PolicyArn": made.id, "VersionId": version["VersionId"]})


def _user_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _attached(api, "User", made.id, items(new, "ManagedPolicyArns"), items(old, "ManagedPolicyArns"))
    _inline(api, "User", made.id, items(new, "Policies"), items(old, "Policies"))


def _empty_user(api: Api, made: Made) -> None:
    given = {"UserName": made.id}
    for each in api("iam", "ListAttachedUserPolicies", given)["AttachedPolicies"]:
        api("iam", "DetachUserPolicy", {**given, "PolicyArn": each["PolicyArn"]})
    for name in api("iam", "ListUserPolicies", given)["PolicyNames"]:
        api("iam", "DeleteUserPolicy", {**given, "PolicyName": name})
    for each in api("iam", "ListAccessKeys", given)["AccessKeyMetadata"]:
        api("iam", "DeleteAccessKey", {**given, "AccessKeyId": each["AccessKeyId"]})


_PARTS = frozenset({"ManagedPolicyArns", "Policies"})

TYPES = (
    ResourceType(
        "AWS::IAM::Role",
        "iam",
        "CreateRole",
        answer=lambda answer: answer["Role"],
        id="RoleName",
        name_property="RoleName",
        max_name=64,
        attributes={"Arn": _arn, "RoleId": "RoleId"},
        handled=_PARTS,
        after=_role_parts,
        update="UpdateRole",
        id_member="RoleName",
        replacing=frozenset({"RoleName", "Path"}),
        delete="DeleteRole",
        before_delete=_empty_role,
        tags="Key",
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::InstanceProfile",
        "iam",
        "CreateInstanceProfile",
        answer=lambda answer: answer["InstanceProfile"],
        id="InstanceProfileName",
        name_property="InstanceProfileName",
        attributes={"Arn": _arn},
        handled=frozenset({"Roles"}),
        after=_profile_roles,
        id_member="InstanceProfileName",
        replacing=frozenset({"InstanceProfileName", "Path"}),
        delete="DeleteInstanceProfile",
        before_delete=_empty_profile,
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::ManagedPolicy",
        "iam",
        "CreatePolicy",
        answer=lambda answer: answer["Policy"],
        id="Arn",
        name_property="ManagedPolicyName",
        attributes={"PolicyArn": _arn},
        renamed={"ManagedPolicyName": "PolicyName"},
        handled=frozenset({"Roles", "Users", "Groups"}),
        after=_managed_owners,
        id_member="PolicyArn",
        replacing=frozenset({"ManagedPolicyName", "Path", "Description"}),
        delete="DeletePolicy",
        before_delete=_detach_everywhere,
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::User",
        "iam",
        "CreateUser",
        answer=lambda answer: answer["User"],
        id="UserName",
        name_property="UserName",
        max_name=64,
        attributes={"Arn": _arn},
        handled=_PARTS,
        after=_user_parts,
        id_member="UserName",
        replacing=frozenset({"UserName", "Path"}),
        delete="DeleteUser",
        before_delete=_empty_user,
        tags="Key",
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::AccessKey",
        "iam",
        "CreateAccessKey",
        answer=lambda answer: answer["AccessKey"],
        id="AccessKeyId",
        attributes={"SecretAccessKey": "SecretAccessKey"},
        delete="DeleteAccessKey",
        id_member="AccessKeyId",
        scope=("UserName",),
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::ServiceLinkedRole",
        "iam",
        "CreateServiceLinkedRole",
        answer=lambda answer: answer["Role"],
        id="RoleName",
        attributes={"RoleName": "RoleName"},
        delete="DeleteServiceLinkedRole",
        id_member="RoleName",
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
