"""AWS::ECR, AWS::EFS: repositories, file systems."""

from __future__ import annotations

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.texts import is_true
from labs.sandbox.cloudformation.types.base import Made, ResourceType, is_update, items, known_only
from labs.sandbox.cloudformation.types.tagging import tag


def _repository_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"repositoryName": made.id}
    if new.get("RepositoryPolicyText") != old.get("RepositoryPolicyText"):
        if new.get("RepositoryPolicyText"):
            api("ecr", "SetRepositoryPolicy", {**given, "policyText": new["RepositoryPolicyText"]})
        else:
            api("ecr", "DeleteRepositoryPolicy", given)
    if new.get("LifecyclePolicy") != old.get("LifecyclePolicy"):
        if new.get("LifecyclePolicy"):
            known = ("LifecyclePolicyText", "RegistryId")
            text = known_only("LifecyclePolicy", new["LifecyclePolicy"], known)["LifecyclePolicyText"]
            api("ecr", "PutLifecyclePolicy", {**given, "lifecyclePolicyText": text})
        else:
            api("ecr", "DeleteLifecyclePolicy", given)
    if old:
        _change_repository(api, given, new, old)


def _change_repository(api: Api, given: Doc, new: Doc, old: Doc) -> None:
    scan, mutability = "ImageScanningConfiguration", "ImageTagMutability"
    if new.get(scan) != old.get(scan):
        setting = new.get(scan) or {"ScanOnPush": False}
        api("ecr", "PutImageScanningConfiguration", {**given, "imageScanningConfiguration": setting})
    if any(new.get(each) != old.get(each) for each in (mutability, _EXCLUSIONS)):
        filters = [
            {_EXCLUSION_MEMBERS[key]: value for key, value in each.items()}
            for each in items(new, _EXCLUSIONS)
        ]
        setting = {"imageTagMutability": new.get(mutability, "MUTABLE")}
        excluded = {"imageTagMutabilityExclusionFilters": filters} if filters else {}
        api("ecr", "PutImageTagMutability", {**given, **setting, **excluded})


def _delete_repository(api: Api, made: Made) -> None:
    force = is_true(made.properties.get("EmptyOnDelete"))
    api("ecr", "DeleteRepository", {"repositoryName": made.id, "force": force})


def _file_system_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"FileSystemId": made.id}
    if is_update(made, new):
        tag(api, "efs", made.id, items(new, "FileSystemTags"), items(old, "FileSystemTags"))
    if items(new, "LifecyclePolicies") != items(old, "LifecyclePolicies"):
        api(
            "efs",
            "PutLifecycleConfiguration",
            {**given, "LifecyclePolicies": items(new, "LifecyclePolicies")},
        )
    if new.get("BackupPolicy") != old.get("BackupPolicy") and new.get("BackupPolicy"):
        api("efs", "PutBackupPolicy", {**given, "BackupPolicy": new["BackupPolicy"]})
    if new.get("FileSystemPolicy") != old.get("FileSystemPolicy") and new.get("FileSystemPolicy"):
        safety = "BypassPolicyLockoutSafetyCheck"
        bypass = {safety: new[safety]} if safety in new else {}
        api("efs", "PutFileSystemPolicy", {**given, "Policy": new["FileSystemPolicy"], **bypass})
    if new.get("FileSystemProtection") != old.get("FileSystemProtection") and new.get("FileSystemProtection"):
        api("efs", "UpdateFileSystemProtection", {**given, **new["FileSystemProtection"]})


_EXCLUSIONS = "ImageTagMutabilityExclusionFilters"
_EXCLUSION_MEMBERS = {
    "ImageTagMutabilityExclusionFilterType": "filterType",
    "ImageTagMutabilityExclusionFilterValue": "filter",
}

TYPES = (
    ResourceType(
        "AWS::ECR::Repository",
        "ecr",
        "CreateRepository",
        answer=lambda answer: answer["repository"],
        id="repositoryName",
        name_property="RepositoryName",
        lower_name=True,
        attributes={"Arn": "repositoryArn", "RepositoryUri": "repositoryUri"},
        renamed=_EXCLUSION_MEMBERS,
        handled=frozenset({"RepositoryPolicyText", "LifecyclePolicy", "EmptyOnDelete"}),
        after=_repository_parts,
        changed_after=frozenset({"ImageScanningConfiguration", "ImageTagMutability", _EXCLUSIONS}),
        replacing=frozenset({"RepositoryName", "EncryptionConfiguration"}),
        before_delete=_delete_repository,
        tags="Key",
        tagged="repositoryArn",
    ),
    ResourceType(
        "AWS::EFS::FileSystem",
        "efs",
        "CreateFileSystem",
        id="FileSystemId",
        attributes={"FileSystemId": "FileSystemId", "Arn": "FileSystemArn"},
        renamed={"FileSystemTags": "Tags"},
        handled=frozenset({"LifecyclePolicies", "BackupPolicy", "FileSystemPolicy", "FileSystemProtection"}),
        after=_file_system_parts,
        changed_after=frozenset({"FileSystemTags"}),
        replacing=frozenset({"Encrypted", "KmsKeyId", "PerformanceMode"}),
        delete="DeleteFileSystem",
        id_member="FileSystemId",
    ),
    ResourceType(
        "AWS::EFS::MountTarget",
        "efs",
        "CreateMountTarget",
        id="MountTargetId",
        attributes={"IpAddress": "IpAddress", "Id": "MountTargetId"},
        delete="DeleteMountTarget",
        id_member="MountTargetId",
    ),
    ResourceType(
        "AWS::EFS::AccessPoint",
        "efs",
        "CreateAccessPoint",
        id="AccessPointId",
        attributes={"AccessPointId": "AccessPointId", "Arn": "AccessPointArn"},
        renamed={"AccessPointTags": "Tags"},
        delete="DeleteAccessPoint",
        id_member="AccessPointId",
    ),
)
