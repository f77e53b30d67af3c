"""AWS::S3: buckets and their policies. Each part of a bucket is set by a separate operation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items, known_only


def _encryption(value: Any) -> Doc:
    name = "ServerSideEncryptionConfiguration"
    known = ("ServerSideEncryptionByDefault", "BucketKeyEnabled")
    rules = []
    for rule in known_only("BucketEncryption", value, [name])[name]:
        known_only(f"BucketEncryption/{name}", rule, known)
        made = {"ApplyServerSideEncryptionByDefault": rule[known[0]]} if known[0] in rule else {}
        rules.append({**made, **{key: rule[key] for key in known[1:] if key in rule}})
    return {name: {"Rules": rules}}


def _lifecycle(value: Any) -> Doc:
    known = ("Rules", "TransitionDefaultMinimumObjectSize")
    configuration = known_only("LifecycleConfiguration", value, known)
    size = {key: configuration[key] for key in known[1:] if key in configuration}
    return {
        "LifecycleConfiguration": {"Rules": [_lifecycle_rule(each) for each in configuration["Rules"]]},
        **size,
    }


_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_RULE = frozenset(
    {
        *("Id", "Status", "Prefix", "TagFilters", "AbortIncompleteMultipartUpload"),
        *("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays", "Transition", "Transitions"),
        *("NoncurrentVersionTransition", "NoncurrentVersionTransitions"),
        *_SIZES,
        *_EXPIRATION,
    }
)


def _lifecycle_rule(rule: Any) -> Doc:
    """A lifecycle rule of a template, whose days are members, as a rule of the API, where they are in structures."""
    known_only("LifecycleConfiguration/Rules", rule, _RULE)
    made: Doc = {"Status": rule["Status"], "Filter": _lifecycle_filter(rule)}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    expiration = {member: rule[key] for key, member in _EXPIRATION.items() if key in rule}
    if expiration:
        made["Expiration"] = expiration
    if "NoncurrentVersionExpiration" in rule:
        made["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    elif "NoncurrentVersionExpirationInDays" in rule:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    now = {"TransitionInDays": "Days", "TransitionDate": "Date"}
    later = {"TransitionInDays": "NoncurrentDays", "NewerNoncurrentVersions": "NewerNoncurrentVersions"}
    for name, members in (("Transition", now), ("NoncurrentVersionTransition", later)):
        moves = [_transition(each, members) for each in items(rule, f"{name}s") + items(rule, name)]
        if moves:
            made[f"{name}s"] = moves
    return made


def _transition(move: Any, members: dict[str, str]) -> Doc:
    known_only("LifecycleConfiguration/Rules/Transitions", move, (*members, "StorageClass"))
    made = {member: move[key] for key, member in members.items() if key in move}
    return {**made, "StorageClass": move["StorageClass"]}


def _lifecycle_filter(rule: Doc) -> Doc:
    parts: Doc = {key: rule[key] for key in ("Prefix", *_SIZES) if key in rule}
    tags = items(rule, "TagFilters")
    if len(parts) + len(tags) > 1:
        return {"And": {**parts, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else (parts or {"Prefix": ""})


def _cors(value: Any) -> Doc:
    return {"CORSConfiguration": known_only("CorsConfiguration", value, ["CorsRules"])}


def _logging(value: Any) -> Doc:
    known = ("DestinationBucketName", "LogFilePrefix", "TargetObjectKeyFormat")
    logging = known_only("LoggingConfiguration", value, known)
    enabled = {
        "TargetBucket": logging["DestinationBucketName"],
        "TargetPrefix": logging.get("LogFilePrefix", ""),
    }
    if known[2] in logging:
        enabled[known[2]] = logging[known[2]]
    return {"BucketLoggingStatus": {"LoggingEnabled": enabled}}


def _website(value: Any) -> Doc:
    known = ("IndexDocument", "ErrorDocument", "RedirectAllRequestsTo")
    website = known_only("WebsiteConfiguration", value, known)
    made: Doc = {}
    if "IndexDocument" in website:
        made["IndexDocument"] = {"Suffix": website["IndexDocument"]}
    if "ErrorDocument" in website:
        made["ErrorDocument"] = {"Key": website["ErrorDocument"]}
    if "RedirectAllRequestsTo" in website:
        made["RedirectAllRequestsTo"] = website["RedirectAllRequestsTo"]
    return {"WebsiteConfiguration": made}


def _access_control(value: Any) -> Doc:
    """`PublicRead` of a template is `public-read` of the API."""
    return {"ACL": re.sub(r"(?<=[a-z])(?=[A-Z])", "-", str(value)).lower()}


def _same_name(name: str) -> Callable[[Any], Doc]:
    return lambda value: {name: value}


_PARTS: dict[str, tuple[str, Callable[[Any], Doc]]] = {
    "AccelerateConfiguration": ("PutBucketAccelerateConfiguration", _same_name("AccelerateConfiguration")),
    "AccessControl": ("PutBucketAcl", _access_control),
    "BucketEncryption": ("PutBucketEncryption", _encryption),
    "CorsConfiguration": ("PutBucketCors", _cors),
    "LifecycleConfiguration": ("PutBucketLifecycleConfiguration", _lifecycle),
    "LoggingConfiguration": ("PutBucketLogging", _logging),
    "OwnershipControls": ("PutBucketOwnershipControls", _same_name("OwnershipControls")),
    "PublicAccessBlockConfiguration": ("PutPublicAccessBlock", _same_name("PublicAccessBlockConfiguration")),
    "Tags": ("PutBucketTagging", lambda value: {"Tagging": {"TagSet": value}}),
    "VersioningConfiguration": ("PutBucketVersioning", _same_name("VersioningConfiguration")),
    "WebsiteConfiguration": ("PutBucketWebsite", _website),
}
_RESET = {
    "BucketEncryption": "DeleteBucketEncryption",
    "CorsConfiguration": "DeleteBucketCors",
    "LifecycleConfiguration": "DeleteBucketLifecycle",
    "OwnershipControls": "DeleteBucketOwnershipControls",
    "PublicAccessBlockConfiguration": "DeletePublicAccessBlock",
    "Tags": "DeleteBucketTagging",
    "WebsiteConfiguration": "DeleteBucketWebsite",
}
"""The operations that remove a part that is no longer in the template."""
_RENAMED = {
    "AccelerationStatus": "Status",
    "CorsRules": "CORSRules",
    "ExposedHeaders": "ExposeHeaders",
    "MaxAge": "MaxAgeSeconds",
}


def _located(region: str) -> Doc:
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _make_bucket(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"Bucket": made.id}
    if not old:
        ownership = {"ObjectOwnership": "ObjectWriter"} if "AccessControl" in new else {}
        locked = (
            {"ObjectLockEnabledForBucket": new["ObjectLockEnabled"]} if "ObjectLockEnabled" in new else {}
        )
        api("s3", "CreateBucket", {**given, **_located(api.region), **ownership, **locked})
        made.document["region"] = api.region
    for name, (operation, request) in _PARTS.items():
        if name in new and new[name] != old.get(name):
            api("s3", operation, {**given, **request(new[name])}, _RENAMED)
        elif name in old and name not in new and name in _RESET:
            api("s3", _RESET[name], given)


TYPES = (
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
        handled=frozenset({"BucketName", "ObjectLockEnabled", *_PARTS}),
        after=_make_bucket,
        replacing=frozenset({"BucketName", "ObjectLockEnabled"}),
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
