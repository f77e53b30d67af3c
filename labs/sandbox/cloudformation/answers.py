"""CloudFormation's descriptions of stacks, resources, events and change sets."""

from __future__ import annotations

from typing import Any

from labs.sandbox.cloudformation.stacks import ChangeSet, Resource, Stack, StackEvent
from labs.sandbox.cloudformation.texts import is_true

Doc = dict[str, Any]


def summary(stack: Stack) -> Doc:
    """A stack as DescribeStacks and ListStacks return it."""
    slots = stack.template.get("Parameters") or {}
    return _known(
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": stack.template.get("Description"),
            "TemplateDescription": stack.template.get("Description"),
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": _shown(slots.get(name, {}), value)}
                for name, value in stack.parameters.items()
            ]
            or None,
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason or None,
            "TimeoutInMinutes": stack.timeout_minutes or None,
            "DisableRollback": stack.disable_rollback,
            "RollbackConfiguration": {},
            "NotificationARNs": stack.notification_arns,
            "Capabilities": stack.capabilities,
            "Outputs": stack.outputs or None,
            "RoleARN": stack.role,
            "Tags": stack.tags,
            "EnableTerminationProtection": stack.termination_protection,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def _shown(slot: Doc, value: str) -> str:
    return "****" if is_true(slot.get("NoEcho")) else value


def resource_document(stack: Stack, resource: Resource) -> Doc:
    """A resource of a stack, with its timestamp under both names that AWS uses."""
    return _known(
        {
            "StackName": stack.name,
            "StackId": stack.id,
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id or None,
            "ResourceType": resource.type,
            "Timestamp": resource.changed,
            "LastUpdatedTimestamp": resource.changed,
            "ResourceStatus": resource.status,
            "ResourceStatusReason": resource.reason or None,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def event_document(stack: Stack, event: StackEvent) -> Doc:
    """An event of a stack as DescribeStackEvents returns it."""
    return _known(
        {
            "StackId": stack.id,
            "EventId": event.id,
            "StackName": stack.name,
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "Timestamp": event.at,
            "ResourceStatus": event.status,
            "ResourceStatusReason": event.reason or None,
        }
    )


def described(change: ChangeSet) -> Doc:
    """A change set as DescribeChangeSet returns it."""
    return _known(
        {
            "ChangeSetName": change.name,
            "ChangeSetId": change.id,
            "StackId": change.stack.id,
            "StackName": change.stack.name,
            "Description": change.description,
            "Parameters": change.parameters,
            "CreationTime": change.created,
            "ExecutionStatus": change.execution_status,
            "Status": change.status,
            "StatusReason": change.reason or None,
            "Capabilities": change.capabilities,
            "Tags": change.tags,
            "Changes": change.changes,
        }
    )


def _known(document: Doc) -> Doc:
    return {name: value for name, value in document.items() if value is not None}
