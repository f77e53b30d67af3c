"""The operations of CloudFormation. They replace moto's, which drop properties and do not roll back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.moto_api._internal import mock_random

from labs.sandbox.cloudformation import requested
from labs.sandbox.cloudformation.answers import described
from labs.sandbox.cloudformation.engine import Engine
from labs.sandbox.cloudformation.errors import AlreadyExists, TemplateError
from labs.sandbox.cloudformation.planned_changes import planned_changes
from labs.sandbox.cloudformation.stacks import ChangeSet, Stack, Stacks, stacks_of
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute
from labs.sandbox.source import documented

_WHY = "moto's CloudFormation drops properties, leaves resources behind and has no rollback"
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
MAX_NAME = 128
_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
_NEVER_UPDATED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"}

Handler = Callable[[Any, Stacks], Any]


def answers(name: str) -> Callable[[Handler], Handler]:
    """Registers a function of the request and the region's stacks as the answer to an operation."""

    def register(handler: Handler) -> Handler:
        def respond(response: Any, _: Stock) -> Any:
            return handler(response, stacks_of(response.current_account, response.region))

        operation("cloudformation", name, _WHY)(respond)
        return handler

    return register


def _require_name(member: str, name: str, or_else: str = "") -> None:
    wrong = (
        f"1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must"
    )
    if len(name) > MAX_NAME:
        raise TemplateError(f"{wrong} have length less than or equal to {MAX_NAME}")
    if not _NAME.fullmatch(name):
        raise TemplateError(f"{wrong} satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*{or_else}")


def _new_stack(response: Any, stacks: Stacks, name: str) -> Stack:
    _require_name("stackName", name, "|arn:[-a-zA-Z0-9:/._+]*")
    requested.refuse_stack_policies(response)
    id_ = f"arn:aws:cloudformation:{stacks.region}:{stacks.account}:stack/{name}/{mock_random.uuid4()}"
    stack = Stack(id_, name, requested.access_key(response))
    stack.enforced = requested.is_enforced()
    stacks.stacks.append(stack)
    return stack


@answers("CreateStack")
def create_stack(response: Any, stacks: Stacks) -> Any:
    """Starts the creation of a stack."""
    name = response._get_param("StackName")
    if stacks.find(name) is not None:
        raise AlreadyExists(f"Stack [{name}] already exists")
    wanted = requested.template_of(response)
    requested.require_capabilities(response, wanted.document)
    texts, values = requested.parameters_of(response, stacks, wanted.document, {})
    stack = _new_stack(response, stacks, name)
    _adopt(response, stack, wanted, texts, values)
    failing = response._get_param("OnFailure")
    stack.disable_rollback = requested.flag(response, "DisableRollback") or failing == "DO_NOTHING"
    stack.deleted_on_failure = failing == "DELETE"
    stack.termination_protection = requested.flag(response, "EnableTerminationProtection")
    stack.timeout_minutes = int(response._get_param("TimeoutInMinutes") or 0)
    stack.work = Engine(stacks, stack).create()
    return ActionResult({"StackId": stack.id})


def _adopt(response: Any, stack: Stack, wanted: Any, texts: dict[str, str], values: dict[str, Any]) -> None:
    """Adopts a new template with its parameters and tags as the stack's next one."""
    stack.template_text, stack.template = wanted.text, wanted.document
    stack.parameters, stack.values = texts, values
    given = response._get_param("Tags")
    stack.tags = given if given is not None else stack.tags
    stack.capabilities = response._get_param("Capabilities") or stack.capabilities
    stack.notification_arns = response._get_param("NotificationARNs") or stack.notification_arns
    role = response._get_param("RoleARN")
    if role:
        stack.role = role
        stack.access_key = requested.key_of_role(response, role)


@answers("UpdateStack")
def update_stack(response: Any, stacks: Stacks) -> Any:
    """Starts the update of a stack."""
    stack = stacks.get(response._get_param("StackName"))
    _require_updatable(stack)
    requested.refuse_stack_policies(response)
    wanted = requested.template_of(response, stack)
    requested.require_capabilities(response, wanted.document)
    texts, values = requested.parameters_of(response, stacks, wanted.document, stack.parameters)
    tags = response._get_param("Tags")
    if (wanted.document, texts) == (stack.template, stack.parameters) and (
        tags is None or tags == stack.tags
    ):
        raise TemplateError("No updates are to be performed.")
    before = _restorer(stack)
    _adopt(response, stack, wanted, texts, values)
    stack.work = Engine(stacks, stack).update(before)
    return ActionResult({"StackId": stack.id})


def _require_updatable(stack: Stack) -> None:
    if stack.status in _NEVER_UPDATED or stack.status.endswith("_IN_PROGRESS"):
        raise TemplateError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _restorer(stack: Stack) -> Callable[[], None]:
    """A function that restores the stack's current template and values."""
    template, values = (stack.template_text, stack.template), (stack.parameters, stack.values)
    tags = stack.tags

    def restore() -> None:
        stack.template_text, stack.template = template
        stack.parameters, stack.values = values
        stack.tags = tags

    return restore


@answers("DeleteStack")
def delete_stack(response: Any, stacks: Stacks) -> Any:
    """Starts the deletion of a stack; a missing stack is not an error."""
    stack = stacks.find(response._get_param("StackName"))
    if stack is None or stack.is_deleted:
        return EmptyResult()
    if stack.termination_protection:
        raise TemplateError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    used = requested.importers(stacks, stack)
    if used:
        export, names = used
        raise TemplateError(f"Export {export} cannot be deleted as it is in use by {' and '.join(names)}")
    stacks.change_sets = [each for each in stacks.change_sets if each.stack is not stack]
    stack.work = Engine(stacks, stack).delete(response._get_param("RetainResources") or [])
    return EmptyResult()


@answers("CreateChangeSet")
def create_change_set(response: Any, stacks: Stacks) -> Any:
    """Creates a change set: the changes that a template would make to a stack."""
    name, stack_name = response._get_param("ChangeSetName"), response._get_param("StackName")
    stack, kind = stacks.find(stack_name), response._get_param("ChangeSetType") or "UPDATE"
    _require_name("changeSetName", name)
    _require_changeable(kind, name, stack_name, stack)
    wanted = requested.template_of(response, stack)
    requested.require_capabilities(response, wanted.document)
    previous = stack.parameters if stack else {}
    texts, values = requested.parameters_of(response, stacks, wanted.document, previous)
    stack = stack or _new_stack(response, stacks, stack_name)
    if not stack.events:
        stack.set_status("REVIEW_IN_PROGRESS", "User Initiated")
    id_ = f"arn:aws:cloudformation:{stacks.region}:{stacks.account}:changeSet/{name}/{mock_random.uuid4()}"
    change = ChangeSet(
        id_,
        name,
        stack,
        kind,
        wanted.text,
        wanted.document,
        [{"ParameterKey": key, "ParameterValue": value} for key, value in texts.items()],
        response._get_param("Description"),
        response._get_param("Tags") or [],
        response._get_param("Capabilities") or [],
        response._get_param("RoleARN"),
        response._get_param("OnStackFailure"),
    )
    tags = change.tags or stack.tags
    proposed = replace(stack, template=wanted.document, parameters=texts, values=values, tags=tags)
    change.changes = planned_changes(stacks, stack, proposed)
    if not change.changes and kind == "UPDATE":
        change.status, change.execution_status = "FAILED", "UNAVAILABLE"
        change.reason = _NO_CHANGES
    stacks.change_sets = [each for each in stacks.change_sets if (each.stack, each.name) != (stack, name)]
    stacks.change_sets.append(change)
    return ActionResult({"Id": change.id, "StackId": stack.id})


def _require_changeable(kind: str, name: str, stack_name: str, stack: Stack | None) -> None:
    """Raises TemplateError for a change set of this kind that the stack cannot have."""
    if kind == "IMPORT":
        raise TemplateError("The sandbox does not support imports of resources")
    if kind == "CREATE" and stack is not None and stack.status != "REVIEW_IN_PROGRESS":
        raise TemplateError(
            f"Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
        )
    if kind == "UPDATE" and stack is None:
        raise TemplateError(f"Stack [{stack_name}] does not exist")
    if kind == "UPDATE" and stack is not None:
        _require_updatable(stack)


@answers("ExecuteChangeSet")
def execute_change_set(response: Any, stacks: Stacks) -> Any:
    """Starts the execution of a change set, which deletes all change sets of the stack."""
    change = stacks.change_set(response._get_param("ChangeSetName"), response._get_param("StackName"))
    stack = change.stack
    if change.execution_status != "AVAILABLE":
        raise TemplateError(
            f"ChangeSet [{change.id}] cannot be executed in its current status of [{change.status}]"
        )
    texts, values = requested.values_of(stacks, change.template, change.parameters, stack, response)
    before, creates = _restorer(stack), change.type == "CREATE"
    if not creates:
        _require_updatable(stack)
    stack.template_text, stack.template = change.template_text, change.template
    stack.parameters, stack.values = texts, values
    stack.tags = change.tags or stack.tags
    stack.capabilities = change.capabilities or stack.capabilities
    stack.disable_rollback = requested.flag(response, "DisableRollback") or change.on_failure == "DO_NOTHING"
    stack.deleted_on_failure = creates and change.on_failure == "DELETE"
    if change.role:
        stack.role, stack.access_key = change.role, requested.key_of_role(response, change.role)
    stacks.change_sets = [each for each in stacks.change_sets if each.stack is not stack]
    engine = Engine(stacks, stack)
    stack.work = engine.create() if creates else engine.update(before)
    return ActionResult({})


@answers("DescribeChangeSet")
def describe_change_set(response: Any, stacks: Stacks) -> Any:
    """One change set."""
    change = stacks.change_set(response._get_param("ChangeSetName"), response._get_param("StackName"))
    return ActionResult(described(change))


@answers("DeleteChangeSet")
def delete_change_set(response: Any, stacks: Stacks) -> Any:
    """Deletes a change set; a missing one is no error (the AWS CDK relies on that)."""
    name, stack = response._get_param("ChangeSetName"), response._get_param("StackName")
    if stack is None:
        stacks.change_set(name, stack)
    elif stacks.find(stack) is None:
        raise TemplateError(f"Stack [{stack}] does not exist")
    stacks.change_sets = [
        each
        for each in stacks.change_sets
        if each.id != name and (each.name != name or stack not in {each.stack.name, each.stack.id})
    ]
    return ActionResult({})


@answers("ListChangeSets")
def list_change_sets(response: Any, stacks: Stacks) -> Any:
    """The change sets of a stack."""
    stack = stacks.get(response._get_param("StackName"))
    found = [described(each) for each in stacks.change_sets if each.stack is stack]
    return ActionResult({"Summaries": found})


@answers("UpdateTerminationProtection")
def update_termination_protection(response: Any, stacks: Stacks) -> Any:
    """Enables or disables the termination protection of a stack."""
    stack = stacks.get(response._get_param("StackName"))
    stack.termination_protection = requested.flag(response, "EnableTerminationProtection")
    return ActionResult({"StackId": stack.id})


def _refused(name: str, what: str) -> None:
    @answers(name)
    def refuse(_: Any, __: Stacks) -> Any:
        raise TemplateError(f"The sandbox does not support {what}")


for _name in ("CreateStackSet", "CreateStackInstances", "UpdateStackSet"):
    _refused(_name, "stack sets")
_refused("SetStackPolicy", "stack policies")


@patch(
    "cloudformation:answers",
    "moto rewrites members of answers that are its own objects",
    documented("AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html"),
)
def _answer_documents() -> Undo:
    from moto.cloudformation.responses import CloudFormationResponse

    return set_attribute(CloudFormationResponse, "RESPONSE_KEY_PATH_TO_TRANSFORMER", {})
