"""AWS::IAM: roles, instance profiles, users, groups."""

from __future__ import annotations

from labs.errors import NotReady
from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items, known_only, removed_and_added
from labs.sandbox.cloudformation.types.policies import arn_of, document_of
from labs.sandbox.world import delays

_POLICY = ("PolicyName", "PolicyDocument")


def _inline(api: Api, kind: str, owner: str, new: list[Doc], old: list[Doc]) -> None:
    """Puts and deletes inline policies of a role, user or group."""
    given = {f"{kind}Name": owner}
    names = {known_only("Policies", each, _POLICY)["PolicyName"] for each in new}
    for each in old:
        if each["PolicyName"] not in names:
            api("iam", f"Delete{kind}Policy", {**given, "PolicyName": each["PolicyName"]})
    for each in new:
        if each not in old:
            document = document_of(each["PolicyDocument"])
            api(
                "iam",
                f"Put{kind}Policy",
                {**given, "PolicyName": each["PolicyName"], "PolicyDocument": document},
            )


def _set_policies(api: Api, kind: str, owner: str, new: Doc, old: Doc) -> None:
    """Attaches and detaches managed policies, and puts and deletes inline ones."""
    removed, added = removed_and_added("ManagedPolicyArns", new, old)
    for arn in removed:
        api("iam", f"Detach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": arn})
    for arn in added:
        api("iam", f"Attach{kind}Policy", {f"{kind}Name": owner, "PolicyArn": arn})
    _inline(api, kind, owner, items(new, "Policies"), items(old, "Policies"))


def _remove_policies(api: Api, kind: str, owner: str) -> None:
    """Removes the policies that prevent the deletion of a role, user or group."""
    given = {f"{kind}Name": owner}
    for each in api("iam", f"ListAttached{kind}Policies", given)["AttachedPolicies"]:
        api("iam", f"Detach{kind}Policy", {**given, "PolicyArn": each["PolicyArn"]})
    for name in api("iam", f"List{kind}Policies", given)["PolicyNames"]:
        api("iam", f"Delete{kind}Policy", {**given, "PolicyName": name})


def _role_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _set_policies(api, "Role", made.id, new, old)
    if old and new.get("AssumeRolePolicyDocument") != old.get("AssumeRolePolicyDocument"):
        trust = document_of(new["AssumeRolePolicyDocument"])
        api("iam", "UpdateAssumeRolePolicy", {"RoleName": made.id, "PolicyDocument": trust})
    if old and new.get("PermissionsBoundary") != old.get("PermissionsBoundary"):
        _set_boundary(api, made.id, new.get("PermissionsBoundary"))


def _set_boundary(api: Api, role: str, boundary: str | None) -> None:
    if boundary:
        api("iam", "PutRolePermissionsBoundary", {"RoleName": role, "PermissionsBoundary": boundary})
    else:
        api("iam", "DeleteRolePermissionsBoundary", {"RoleName": role})


def _empty_role(api: Api, made: Made) -> None:
    """Removes the policies and instance profiles that prevent the deletion of a role."""
    _remove_policies(api, "Role", made.id)
    given = {"RoleName": made.id}
    for each in api("iam", "ListInstanceProfilesForRole", given)["InstanceProfiles"]:
        profile = {"InstanceProfileName": each["InstanceProfileName"]}
        api("iam", "RemoveRoleFromInstanceProfile", {**given, **profile})


def _profile_roles(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"InstanceProfileName": made.id}
    removed, added = removed_and_added("Roles", new, old)
    for role in removed:
        api("iam", "RemoveRoleFromInstanceProfile", {**given, "RoleName": role})
    for role in added:
        api("iam", "AddRoleToInstanceProfile", {**given, "RoleName": role})


def _empty_profile(api: Api, made: Made) -> None:
    found = api("iam", "GetInstanceProfile", {"InstanceProfileName": made.id})["InstanceProfile"]
    for role in found["Roles"]:
        given = {"InstanceProfileName": made.id, "RoleName": role["RoleName"]}
        api("iam", "RemoveRoleFromInstanceProfile", given)


def _until_known(api: Api, made: Made) -> None:
    """Raises NotReady until EC2 knows the profile: CloudFormation waits until a resource has reached other services."""
    if not delays.has_passed(made.document["CreateDate"], delays.current.instance_profile):
        raise NotReady


def _group_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _set_policies(api, "Group", made.id, new, old)


def _empty_group(api: Api, made: Made) -> None:
    _remove_policies(api, "Group", made.id)


def _user_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    removed, added = removed_and_added("Groups", new, old)
    for group in removed:
        api("iam", "RemoveUserFromGroup", {"UserName": made.id, "GroupName": group})
    for group in added:
        api("iam", "AddUserToGroup", {"UserName": made.id, "GroupName": group})
    _set_policies(api, "User", made.id, new, old)


def _empty_user(api: Api, made: Made) -> None:
    _remove_policies(api, "User", made.id)
    given = {"UserName": made.id}
    for each in api("iam", "ListGroupsForUser", given)["Groups"]:
        api("iam", "RemoveUserFromGroup", {**given, "GroupName": each["GroupName"]})
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
        attributes={"Arn": arn_of, "RoleId": "RoleId"},
        handled=_PARTS,
        after=_role_parts,
        changed_after=frozenset({"AssumeRolePolicyDocument", "PermissionsBoundary"}),
        update="UpdateRole",
        id_member="RoleName",
        replacing=frozenset({"RoleName", "Path"}),
        delete="DeleteRole",
        before_delete=_empty_role,
        tags="Key",
        tagged="RoleName",
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::InstanceProfile",
        "iam",
        "CreateInstanceProfile",
        answer=lambda answer: answer["InstanceProfile"],
        id="InstanceProfileName",
        name_property="InstanceProfileName",
        attributes={"Arn": arn_of},
        handled=frozenset({"Roles"}),
        after=_profile_roles,
        ready=_until_known,
        id_member="InstanceProfileName",
        replacing=frozenset({"InstanceProfileName", "Path"}),
        delete="DeleteInstanceProfile",
        before_delete=_empty_profile,
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
        attributes={"Arn": arn_of},
        handled=_PARTS | {"Groups"},
        after=_user_parts,
        id_member="UserName",
        replacing=frozenset({"UserName", "Path"}),
        delete="DeleteUser",
        before_delete=_empty_user,
        tags="Key",
        capability=True,
    ),
    ResourceType(
        "AWS::IAM::Group",
        "iam",
        "CreateGroup",
        answer=lambda answer: answer["Group"],
        id="GroupName",
        name_property="GroupName",
        attributes={"Arn": arn_of},
        handled=_PARTS,
        after=_group_parts,
        replacing=frozenset({"GroupName", "Path"}),
        delete="DeleteGroup",
        id_member="GroupName",
        before_delete=_empty_group,
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
)
