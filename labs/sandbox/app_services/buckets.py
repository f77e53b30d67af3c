"""S3 buckets: the defaults of April 2023, Block Public Access, object ownership, and lifecycle rules.

A new bucket blocks public access, disables ACLs, and is encrypted by SSE-S3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labs.errors import PolicyError
from labs.iam import Policy
from labs.sandbox.extend import Undo, patch, set_attribute, together
from labs.sandbox.source import documented

_GUIDE = "AmazonS3/latest/userguide"
_ENFORCED = "BucketOwnerEnforced"
_SSE_S3 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
_HARMLESS_ACLS = ("", "private", "bucket-owner-full-control")
"""Canned ACLs that are accepted for an object although ACLs are disabled."""
_MIN_DAYS = {"STANDARD_IA": 30, "ONEZONE_IA": 30}
"""The minimum age in days of a transition into these storage classes."""


@patch(
    "s3:bucket defaults",
    "a new bucket of moto's has no Block Public Access, no object ownership and no encryption",
    documented(f"{_GUIDE}/create-bucket-faq.html"),
)
def _give_defaults() -> Undo:
    from moto.s3.models import PublicAccessBlock, S3Backend

    stock = S3Backend.create_bucket

    def create_bucket(backend: Any, *given: Any, **named: Any) -> Any:
        bucket: Any = stock(backend, *given, **named)
        bucket.public_access_block = PublicAccessBlock(True, True, True, True)
        bucket.ownership_rule = _ENFORCED
        return bucket

    return set_attribute(S3Backend, "create_bucket", create_bucket)


@patch(
    "s3:default encryption",
    "moto encrypts nothing in a bucket without an encryption configuration",
    documented(f"{_GUIDE}/default-encryption-faq.html"),
)
def _encrypt_by_default() -> Undo:
    from moto.s3.models import S3Backend

    stock_get, stock_put = S3Backend.get_bucket_encryption, S3Backend.put_object

    def get_bucket_encryption(backend: Any, bucket_name: str) -> Any:
        return stock_get(backend, bucket_name) or _SSE_S3

    def put_object(backend: Any, bucket_name: str, *given: Any, **named: Any) -> Any:
        if not backend.get_bucket(bucket_name).encryption:
            named["encryption"] = named.get("encryption") or "AES256"
        return stock_put(backend, bucket_name, *given, **named)

    return together(
        set_attribute(S3Backend, "get_bucket_encryption", get_bucket_encryption),
        set_attribute(S3Backend, "put_object", put_object),
    )


@patch(
    "s3:public policies",
    "moto takes a public policy in spite of BlockPublicPolicy, and one for another bucket",
    documented(f"{_GUIDE}/access-control-block-public-access.html"),
)
def _refuse_public_policies() -> Undo:
    from moto.s3.models import S3Backend

    stock = S3Backend.put_bucket_policy

    def put_bucket_policy(backend: Any, bucket_name: str, policy: bytes) -> None:
        _check_policy(backend.get_bucket(bucket_name), policy)
        stock(backend, bucket_name, policy)

    return set_attribute(S3Backend, "put_bucket_policy", put_bucket_policy)


def _check_policy(bucket: Any, text: bytes) -> None:
    """Raises S3's error for a policy that the bucket cannot have."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.utils import bucket_policy_is_public

    try:
        policy = Policy.parse(text.decode())
    except (PolicyError, UnicodeDecodeError) as error:
        raise S3ClientError("MalformedPolicy", f"Policies must be valid JSON: {error}") from error
    for block in policy.statements:
        named = block.resources.listed if block.resources else ()
        if not all(_is_of(bucket.arn, resource) for resource in named):
            raise S3ClientError("MalformedPolicy", "Policy has invalid resource")
    blocked = bucket.public_access_block and bucket.public_access_block.block_public_policy
    if blocked and bucket_policy_is_public(text):
        raise S3ClientError(
            "AccessDenied",
            f'User is not authorized to perform: s3:PutBucketPolicy on resource: "{bucket.arn}" because public '
            "policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        )


def _is_of(arn: str, resource: str) -> bool:
    """Whether a policy's resource is, or with wildcards may be, in the bucket."""
    named = resource.partition("/")[0]
    return named == arn or "*" in named or "?" in named or "${" in named


@patch(
    "s3:disabled ACLs",
    "moto takes ACLs where object ownership disables them, and public ones that are blocked",
    documented(f"{_GUIDE}/about-object-ownership.html"),
)
def _refuse_acls() -> Undo:
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    stock_bucket, stock_object, stock_put = (
        S3Backend.put_bucket_acl,
        S3Backend.put_object_acl,
        S3Response.put_object,
    )
    stock_parts = S3Backend.create_multipart_upload

    def put_bucket_acl(backend: Any, bucket_name: str, acl: Any) -> None:
        _check_acl(backend.get_bucket(bucket_name), acl)
        stock_bucket(backend, bucket_name, acl)

    def put_object_acl(backend: Any, bucket_name: str, key_name: str, acl: Any, **named: Any) -> None:
        if not named:  # by the end of an upload in parts, whose beginning has checked it
            _check_acl(backend.get_bucket(bucket_name), acl)
        stock_object(backend, bucket_name, key_name, acl, **named)

    def create_multipart_upload(
        backend: Any,
        bucket_name: str,
        key_name: str,
        metadata: Any,
        storage_type: str,
        tags: Any,
        acl: Any,
        *more: Any,
        **named: Any,
    ) -> Any:
        if acl is not None and len(acl.grants) > 1:  # more than the owner's own
            _check_acl(backend.get_bucket(bucket_name), acl)
        return stock_parts(backend, bucket_name, key_name, metadata, storage_type, tags, acl, *more, **named)

    def put_object(response: Any) -> Any:
        canned = response.headers.get("x-amz-acl", "")
        if canned not in _HARMLESS_ACLS:
            _check_acl(response.backend.get_bucket(response.bucket_name), None)
        return stock_put(response)

    return together(
        set_attribute(S3Backend, "put_bucket_acl", put_bucket_acl),
        set_attribute(S3Backend, "put_object_acl", put_object_acl),
        set_attribute(S3Backend, "create_multipart_upload", create_multipart_upload),
        set_attribute(S3Response, "put_object", put_object),
    )


def _check_acl(bucket: Any, acl: Any) -> None:
    from moto.s3.exceptions import S3ClientError

    if bucket.ownership_rule == _ENFORCED:
        raise S3ClientError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    block = bucket.public_access_block
    if acl is not None and acl.public_read and block and block.block_public_acls:
        raise S3ClientError("AccessDenied", "Access Denied")


@patch(
    "s3:lifecycle days",
    "moto takes a transition into Infrequent Access before an object is 30 days old",
    documented(f"{_GUIDE}/lifecycle-transition-general-considerations.html"),
)
def _refuse_early_transitions() -> Undo:
    from moto.s3.exceptions import InvalidArgumentError
    from moto.s3.models import S3Backend

    stock = S3Backend.put_bucket_lifecycle_configuration

    def put(backend: Any, bucket_name: str, rules: list[dict[str, Any]]) -> None:
        for rule in rules:
            for days, storage_class in _transitions(rule):
                least = _MIN_DAYS.get(storage_class, 0)
                if days < least:
                    message = (
                        f"'Days' in Transition action must be greater than or equal to {least} "
                        f"for storageClass '{storage_class}'"
                    )
                    raise InvalidArgumentError(message, "Days", str(days))
        stock(backend, bucket_name, rules)

    return set_attribute(S3Backend, "put_bucket_lifecycle_configuration", put)


def _transitions(rule: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The days and storage class of each transition of current objects after a number of days."""
    found = rule.get("Transition") or []
    for each in found if isinstance(found, list) else [found]:
        if "Days" in each:
            yield int(each["Days"]), str(each.get("StorageClass", ""))
