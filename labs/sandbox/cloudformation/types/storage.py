"""AWS::ECR, AWS::EFS, AWS::S3: repositories, file systems, buckets."""

from __future__ import annotations

import json
from typing import Any

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items


def _repository_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"repositoryName": made.id}
    if new.get("RepositoryPolicyText") != old.get("RepositoryPolicyText"):
        if new.get("RepositoryPolicyText"):
            api("ecr", "SetRepositoryPolicy", {**given, "policyText": _text(new["RepositoryPolicyText"])})
        else:
            api("ecr", "DeleteRepositoryPolicy", given)
    if new.get("LifecyclePolicy") != old.get("LifecyclePolicy"):
        if new.get("LifecyclePolicy"):
            text = new["LifecyclePolicy"]["LifecyclePolicyText"]
            api("ecr", "PutLifecyclePolicy", {**given, "lifecyclePolicyText": _text(text)})
        else:
            api("ecr", "DeleteLifecyclePolicy", given)
    if old:
        _change_repository(api, given, new, old)


def _change_repository(api: Api, given: Doc, new: Doc, old: Doc) -> None:
    scan, mutability = "ImageScanningConfiguration", "ImageTagMutability"
    if new.get(scan) != old.get(scan):
        setting = new.get(scan) or {"ScanOnPush": False}
        api("ecr", "PutImageScanningConfiguration", {**given, "imageScanningConfiguration": setting})
    if new.get(mutability) != old.get(mutability):
        api("ecr", "PutImageTagMutability", {**given, "imageTagMutability": new.get(mutability, "MUTABLE")})


def _delete_repository(api: Api, made: Made) -> None:
    force = str(made.properties.get("EmptyOnDelete", "")).lower() == "true"
    api("ecr", "DeleteRepository", {"repositoryName": made.id, "force": force})


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _file_system_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"FileSystemId": made.id}
    if items(new, "LifecyclePolicies") != items(old, "LifecyclePolicies"):
        api(
            "efs",
            "PutLifecycleConfiguration",
            {**given, "LifecyclePolicies": items(new, "LifecyclePolicies")},
        )
    if new.get("BackupPolicy") != old.get("BackupPolicy") and new.get("BackupPolicy"):
        api("efs", "PutBackupPolicy", {**given, "BackupPolicy": new["BackupPolicy"]})
    if new.get("FileSystemPolicy") != old.get("FileSystemPolicy") and new.get("FileSystemPolicy"):
        api("efs", "PutFileSystemPolicy", {**given, "Policy": _text(new["FileSystemPolicy"])})


_BUCKET_PARTS: dict[str, tuple[str, str]] = {
    "PublicAccessBlockConfiguration": ("PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration"),
}


def _bucket_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Each part of a bucket is an operation of its own."""
    given = {"Bucket": made.id}
    for name, (operation, member) in _BUCKET_PARTS.items():
        if name in new and new[name] != old.get(name):
            api("s3", operation, {**given, member: new[name]})
    if "BucketEncryption" in new and new["BucketEncryption"] != old.get("BucketEncryption"):
        rules = [
            {"ApplyServerSideEncryptionByDefault": _encryption(each), **_bucket_key(each)}
            for each in new["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ]
        configuration = {"ServerSideEncryptionConfiguration": {"Rules": rules}}
        api("s3", "PutBucketEncryption", {**given, **configuration})
    if "OwnershipControls" in new and new["OwnershipControls"] != old.get("OwnershipControls"):
        api("s3", "PutBucketOwnershipControls", {**given, "OwnershipControls": new["OwnershipControls"]})
    if "LifecycleConfiguration" in new and new["LifecycleConfiguration"] != old.get("LifecycleConfiguration"):
        rules = [_lifecycle(each) for each in new["LifecycleConfiguration"]["Rules"]]
        api("s3", "PutBucketLifecycleConfiguration", {**given, "LifecycleConfiguration": {"Rules": rules}})
    if new.get("Tags") != old.get("Tags") and new.get("Tags"):
        api("s3", "PutBucketTagging", {**given, "Tagging": {"TagSet": new["Tags"]}})


def _encryption(rule: Doc) -> Doc:
    default: Doc = rule["ServerSideEncryptionByDefault"]
    return default


def _bucket_key(rule: Doc) -> Doc:
    return {"BucketKeyEnabled": rule["BucketKeyEnabled"]} if "BucketKeyEnabled" in rule else {}


def _lifecycle(rule: Doc) -> Doc:
    """A rule of a template: its days stand beside each other, those of the API in structures."""
    made: Doc = {
        "ID": rule.get("Id", "rule"),
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "NoncurrentVersionExpiration" in rule or "NoncurrentVersionExpirationInDays" in rule:
        days = rule.get("NoncurrentVersionExpirationInDays")
        made["NoncurrentVersionExpiration"] = rule.get("NoncurrentVersionExpiration") or {
            "NoncurrentDays": days
        }
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    if "Transitions" in rule:
        made["Transitions"] = [
            {"Days": each["TransitionInDays"], "StorageClass": each["StorageClass"]}
            for each in rule["Transitions"]
        ]
    return made


def _located(region: str) -> Doc:
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _make_bucket(api: Api, made: Made, new: Doc, old: Doc) -> None:
    if not old:
        api("s3", "CreateBucket", {"Bucket": made.id, **_located(api.region)})
        made.document["region"] = api.region
    _bucket_parts(api, made, new, old)


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
        handled=frozenset({"RepositoryPolicyText", "LifecyclePolicy", "EmptyOnDelete"}),
        after=_repository_parts,
        changed_after=frozenset({"ImageScanningConfiguration", "ImageTagMutability"}),
        replacing=frozenset({"RepositoryName", "EncryptionConfiguration"}),
        before_delete=_delete_repository,
        tags="Key",
    ),
    ResourceType(
        "AWS::EFS::FileSystem",
        "efs",
        "CreateFileSystem",
        id="FileSystemId",
        attributes={"FileSystemId": "FileSystemId", "Arn": "FileSystemArn"},
        renamed={"FileSystemTags": "Tags"},
        handled=frozenset({"LifecyclePolicies", "BackupPolicy", "FileSystemPolicy"}),
        after=_file_system_parts,
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
    ResourceType(
        "AWS::S3::Bucket",
        "s3",
        "",
        id="BucketName",
        name_property="BucketName",
        max_name=63,
        lower_name=True,
        attributes={
            "Arn": lambda made: f"arn:aws:s3:::{made.id}",
            "DomainName": lambda made: f"{made.id}.s3.amazonaws.com",
            "RegionalDomainName": lambda made: f"{made.id}.s3.{made.document['region']}.amazonaws.com",
            "WebsiteURL": lambda made: f"http://{made.id}.s3-website-{made.document['region']}.amazonaws.com",
        },
        handled=frozenset(
            {
                "BucketName",
                "BucketEncryption",
                "LifecycleConfiguration",
                "OwnershipControls",
                "Tags",
                *_BUCKET_PARTS,
            }
        ),
        after=_make_bucket,
        replacing=frozenset({"BucketName"}),
        delete="DeleteBucket",
        id_member="Bucket",
    ),
    ResourceType(
        "AWS::S3::BucketPolicy",
        "s3",
        "PutBucketPolicy",
        answer=lambda answer: {},
        id="Bucket",
        renamed={"PolicyDocument": "Policy"},
        update="PutBucketPolicy",
        replacing=frozenset({"Bucket"}),
        delete="DeleteBucketPolicy",
        id_member="Bucket",
    ),
)
