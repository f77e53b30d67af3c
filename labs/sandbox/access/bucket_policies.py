"""S3 bucket policies, evaluated by `labs.iam` with conditions and principals."""

from __future__ import annotations

from typing import Any

from labs.iam import AccessRequest, Decision, Policy, PolicyError, decide
from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented

_AS_ON_AWS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
"""Context keys that are true for every request to AWS. The sandbox has no TLS, because it listens on loopback only."""


@patch(
    "s3:bucket policies",
    "moto ignores the conditions and principals of a bucket's policy: a denial without TLS denies everything",
    documented("AmazonS3/latest/userguide/example-bucket-policies.html"),
)
def _decide_by_conditions() -> Undo:
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    answers = {
        Decision.ALLOWED: PermissionResult.PERMITTED,
        Decision.EXPLICIT_DENY: PermissionResult.DENIED,
        Decision.IMPLICIT_DENY: PermissionResult.NEUTRAL,
    }

    def get_permission(bucket: Any, action: str, resource: str) -> Any:
        if bucket.policy is None:
            return PermissionResult.NEUTRAL
        context = {**_AS_ON_AWS, "aws:PrincipalAccount": bucket.account_id}
        try:
            policy = Policy.parse(bucket.policy.decode())
            asked = AccessRequest(action, resource, bucket.account_id, context)
            return answers[decide(asked, (), resource_policy=policy)]
        except PolicyError:
            return PermissionResult.NEUTRAL

    return set_attribute(FakeBucket, "get_permission", get_permission)
