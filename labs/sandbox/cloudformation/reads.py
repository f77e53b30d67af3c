"""The read operations of CloudFormation: stacks, templates and exports."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from labs.sandbox.cloudformation import requested
from labs.sandbox.cloudformation.answers import event_document, resource_document, summary
from labs.sandbox.cloudformation.errors import TemplateError
from labs.sandbox.cloudformation.handlers import answers
from labs.sandbox.cloudformation.stacks import Stacks


@answers("DescribeStacks")
def describe_stacks(response: Any, stacks: Stacks) -> Any:
    """One stack, or all that are not deleted."""
    name = response._get_param("StackName")
    found = [stacks.get(name)] if name else [each for each in stacks.stacks if not each.is_deleted]
    return ActionResult({"Stacks": [summary(each) for each in found]})


@answers("ListStacks")
def list_stacks(response: Any, stacks: Stacks) -> Any:
    """All stacks, including deleted ones, with the requested statuses."""
    wanted = response._get_param("StackStatusFilter")
    found = [each for each in stacks.stacks if not wanted or each.status in wanted]
    return ActionResult({"StackSummaries": [summary(each) for each in reversed(found)]})


@answers("DescribeStackEvents")
def describe_stack_events(response: Any, stacks: Stacks) -> Any:
    """The events of a stack, the latest first."""
    name = response._get_param("StackName")
    stack = stacks.find(name)
    if stack is None:
        raise TemplateError(f"Stack [{name}] does not exist")
    return ActionResult({"StackEvents": [event_document(stack, each) for each in reversed(stack.events)]})


@answers("DescribeStackResources")
def describe_stack_resources(response: Any, stacks: Stacks) -> Any:
    """The resources of a stack, or of the stack that a physical id belongs to."""
    name, wanted = response._get_param("StackName"), response._get_param("LogicalResourceId")
    stack = (
        stacks.get(name) if name else requested.stack_with(stacks, response._get_param("PhysicalResourceId"))
    )
    found = [each for each in stack.resources.values() if wanted in {None, each.logical_id}]
    return ActionResult({"StackResources": [resource_document(stack, each) for each in found]})


@answers("DescribeStackResource")
def describe_stack_resource(response: Any, stacks: Stacks) -> Any:
    """One resource of a stack."""
    name, wanted = response._get_param("StackName"), response._get_param("LogicalResourceId")
    stack = stacks.find(name)
    if stack is None:
        raise TemplateError(f"Stack '{name}' does not exist")
    if wanted not in stack.resources:
        raise TemplateError(f"Resource {wanted} does not exist for stack {stack.name}")
    return ActionResult({"StackResourceDetail": resource_document(stack, stack.resources[wanted])})


@answers("ListStackResources")
def list_stack_resources(response: Any, stacks: Stacks) -> Any:
    """The resources of a stack, in short."""
    stack = stacks.get(response._get_param("StackName"))
    found = [resource_document(stack, each) for each in stack.resources.values()]
    return ActionResult({"StackResourceSummaries": found})


@answers("GetTemplate")
def get_template(response: Any, stacks: Stacks) -> Any:
    """The template of a stack, or of a change set, as it was given."""
    change, stack = response._get_param("ChangeSetName"), response._get_param("StackName")
    if change:
        text = stacks.change_set(change, stack).template_text
    elif stack:
        text = stacks.get(stack).template_text
    else:
        raise TemplateError("StackName is required if ChangeSetName is not specified.")
    return ActionResult({"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]})


@answers("GetTemplateSummary")
def get_template_summary(response: Any, stacks: Stacks) -> Any:
    """The summary of a template: parameters, resource types and capabilities."""
    name = response._get_param("StackName")
    stack = stacks.get(name) if name else None
    if stack is not None and not stack.template:
        raise TemplateError(f"GetTemplateSummary cannot be called on {stack.status} stacks.")
    wanted = requested.template_of(response, stack, previous=stack is not None)
    return ActionResult(requested.template_summary(wanted.document))


@answers("ValidateTemplate")
def validate_template(response: Any, _: Stacks) -> Any:
    """Validates a template."""
    wanted = requested.template_of(response)
    requested.check_types(wanted.document)
    return ActionResult(requested.template_summary(wanted.document))


@answers("GetStackPolicy")
def get_stack_policy(response: Any, stacks: Stacks) -> Any:
    """The policy of a stack: none has one here."""
    name = response._get_param("StackName")
    if stacks.find(name) is None:
        raise TemplateError(f"Stack: {name} does not exist")
    return ActionResult({})


@answers("ListExports")
def list_exports(_: Any, stacks: Stacks) -> Any:
    """The exports of all stacks in the region."""
    found = [
        {"ExportingStackId": stack.id, "Name": output["ExportName"], "Value": output["OutputValue"]}
        for stack, output in stacks.exports()
    ]
    return ActionResult({"Exports": found})


@answers("ListImports")
def list_imports(response: Any, stacks: Stacks) -> Any:
    """The stacks that import an export."""
    name = response._get_param("ExportName")
    names = requested.importing(stacks, name)
    if not names:
        raise TemplateError(f"Export '{name}' is not imported by any stack.")
    return ActionResult({"Imports": names})
