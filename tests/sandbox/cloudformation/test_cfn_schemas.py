"""No property is dropped in silence: each one of AWS's schemas reaches a request, or fails the stack by its name."""

from __future__ import annotations

from typing import Any

import pytest
from schema_kit import LISTED, Doc, Leaf, Recorder, leaves, sample, schema, value, with_leaf

from labs.errors import ResourceFailed
from labs.sandbox.cloudformation.types import TYPES, ResourceType

BESIDE: dict[str, Doc] = {
    "AWS::EC2::SecurityGroupEgress": {"CidrIp": "10.0.0.0/8"},
    "AWS::EC2::SecurityGroupIngress": {"CidrIp": "10.0.0.0/8", "SourceSecurityGroupId": "sg-1"},
    "AWS::IAM::Policy": {"Roles": ["r"]},
    "AWS::KMS::Key": {"EnableKeyRotation": True},
    "AWS::S3::Bucket": {"LoggingConfiguration": {"DestinationBucketName": "logs"}},
    "AWS::EC2::VPCGatewayAttachment": {"InternetGatewayId": "igw-1"},
}
"""Properties that another property needs beside it, where the schema does not say so."""
RULES = {
    "SecurityGroupIngress": {"CidrIp": "10.0.0.0/8", "SourceSecurityGroupId": "sg-1"},
    "SecurityGroupEgress": {"CidrIp": "10.0.0.0/8"},
}
NOT_TRIED = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": {"ScalingTargetId"},
    "AWS::Logs::LogGroup": {"LogGroupName"},
}
"""Properties whose text has a form of its own, or that the answers would have to repeat."""
AT_DELETION = {"AWS::ECR::Repository": {"EmptyOnDelete"}, "AWS::KMS::Key": {"PendingWindowInDays"}}
WITHOUT_REQUEST = {
    ("AWS::ECR::Repository", "LifecyclePolicy/RegistryId"): "the registry is the account's own",
}


def base_of(kind: ResourceType) -> Doc:
    whole = schema(kind.name)
    base = {key: sample(whole, whole["properties"][key]) for key in whole.get("required", ())}
    if kind.name_property:
        base.setdefault(kind.name_property, "1")
    return {**base, **BESIDE.get(kind.name, {})}


def around(kind: ResourceType, path: Leaf) -> Doc:
    base = base_of(kind)
    if path[0] in RULES and len(path) > 2:
        base[path[0]] = [{"IpProtocol": "tcp", **RULES[path[0]]}]
    return base


def life(kind: ResourceType, base: Doc, properties: Doc) -> Any:
    """The API calls for a resource that is made, for one that comes to it, and at its deletion."""
    api = Recorder()
    kind.remove(api, kind.make(api, properties))
    other = kind.make(api, base)
    changed = kind.change(api, other, properties)
    return [*api.asked, changed]


def dropped(kind: ResourceType, path: Leaf, node: Doc) -> bool:
    base = around(kind, path)
    given = [with_leaf(kind.name, base, path, value(node, which)) for which in (0, 1)]
    if len(node.get("enum") or (1, 2)) == 1:
        given[1] = base
    try:
        same = life(kind, base, given[0]) == life(kind, base, given[1])
        return same and not change_is_carried_out(kind, *given)
    except ResourceFailed:
        return False


def change_is_carried_out(kind: ResourceType, old: Doc, new: Doc) -> bool:
    """Whether a change asks the API for something, or makes a new resource."""
    api = Recorder()
    made = kind.make(api, old)
    api.asked.clear()
    return not kind.change(api, made, new) or bool(api.asked)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_property_of_the_schema_reaches_a_request_or_is_refused(name: str) -> None:
    kind = TYPES[name]
    found = [
        "/".join(path)
        for path, node in leaves(name)
        if path[0] not in NOT_TRIED.get(name, ()) and dropped(kind, path, node)
    ]
    assert [each for each in found if (name, each) not in WITHOUT_REQUEST] == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_property_that_does_not_exist_is_named(name: str) -> None:
    """At the top, and in everything that has members of its own; but for documents that a request takes as text."""
    kind = TYPES[name]
    paths = {(*path[:-1], "Nonsense") for path, _ in leaves(name) if path[-1] != LISTED}
    quiet = []
    for path in sorted({("Nonsense",), *paths}):
        api = Recorder()
        try:
            kind.make(api, with_leaf(name, around(kind, path), path, "1"))
            named = "Nonsense" in repr(api.asked)
        except ResourceFailed as error:
            named = "Nonsense" in str(error) or path[0] in str(error)
        if not named:
            quiet.append("/".join(path))
    assert quiet == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_change_of_a_property_asks_for_something_or_makes_a_new_resource(name: str) -> None:
    kind = TYPES[name]
    quiet = []
    for path, node in leaves(name):
        skipped = NOT_TRIED.get(name, set()) | AT_DELETION.get(name, set())
        if len(node.get("enum") or (1, 2)) == 1 or path[0] in skipped:
            continue
        old, new = (with_leaf(name, around(kind, path), path, value(node, which)) for which in (0, 1))
        try:
            if not change_is_carried_out(kind, old, new):
                quiet.append("/".join(path))
        except ResourceFailed:
            continue
    assert quiet == []
