"""Probes of CloudFormation."""

from __future__ import annotations

import json

from labs.sandbox.fidelity.probes import Bench, Doc, Probe


def _stack(bench: Bench, resources: Doc) -> str:
    """Creates a stack. Returns its final status."""
    api = bench.client("cloudformation")
    api.create_stack(StackName=bench.name, TemplateBody=json.dumps({"Resources": resources}))
    try:
        return str(api.describe_stacks(StackName=bench.name)["Stacks"][0]["StackStatus"])
    finally:
        api.delete_stack(StackName=bench.name)


def _properties(bench: Bench) -> bool:
    settings = [{"Name": "containerInsights", "Value": "enabled"}]
    cluster = {
        "Type": "AWS::ECS::Cluster",
        "Properties": {"ClusterName": bench.name, "ClusterSettings": settings},
    }
    api = bench.client("cloudformation")
    api.create_stack(StackName=bench.name, TemplateBody=json.dumps({"Resources": {"C": cluster}}))
    try:
        [found] = bench.client("ecs").describe_clusters(clusters=[bench.name], include=["SETTINGS"])[
            "clusters"
        ]
        return bool(found["settings"][0]["value"] == "enabled")
    finally:
        api.delete_stack(StackName=bench.name)


def _unknown_property(bench: Bench) -> bool:
    cluster = {"Type": "AWS::ECS::Cluster", "Properties": {"Colour": "red"}}
    return _stack(bench, {"C": cluster}) == "ROLLBACK_COMPLETE"


PROBES = (
    Probe("cloudformation.properties", "a stack's properties show in the services", _properties),
    Probe("cloudformation.refusal", "an unknown property fails the stack", _unknown_property),
)
"""The probes; each creates a stack and deletes it."""
