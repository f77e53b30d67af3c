"""The state of CloudFormation in one account and region: stacks, resources, events, change sets, exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.moto_api._internal import mock_random

from labs.sandbox.cloudformation.errors import ChangeSetNotFound, TemplateError
from labs.sandbox.cloudformation.types import Made
from labs.sandbox.world import clock

Doc = dict[str, Any]


@dataclass
class Resource:
    """One resource of a stack, by its logical id."""

    logical_id: str
    type: str
    made: Made | None = None
    status: str = ""
    reason: str = ""
    changed: datetime = field(default_factory=clock.now)
    template: Doc = field(default_factory=dict)

    @property
    def physical_id(self) -> str:
        """The physical id; empty before the resource is created."""
        return self.made.id if self.made else ""

    @property
    def is_gone(self) -> bool:
        """Whether the stack has deleted it, or left it behind, and only lists it."""
        return self.status in {"DELETE_COMPLETE", "DELETE_SKIPPED"}


@dataclass(frozen=True)
class StackEvent:
    """One event of a stack."""

    id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    at: datetime


@dataclass
class Stack:
    """A stack: its template, the values of its parameters, and its resources."""

    id: str
    name: str
    access_key: str
    role: str | None = None
    template_text: str = ""
    template: Doc = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    values: Doc = field(default_factory=dict)
    tags: list[Doc] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)
    notification_arns: list[str] = field(default_factory=list)
    disable_rollback: bool = False
    deleted_on_failure: bool = False
    timeout_minutes: int = 0
    """The timeout of its creation; 0 for none."""
    termination_protection: bool = False
    created: datetime = field(default_factory=clock.now)
    updated: datetime | None = None
    deleted: datetime | None = None
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    resources: dict[str, Resource] = field(default_factory=dict)
    """In the order of creation."""
    outputs: list[Doc] = field(default_factory=list)
    events: list[StackEvent] = field(default_factory=list)
    work: Iterator[None] | None = None
    """The remaining steps of the operation; each step ends where the stack has to wait."""
    enforced: bool = False
    """Whether the policies of its creator are enforced."""

    def tagged(self, properties: Doc, logical_id: str, takes: str) -> Doc:
        """The properties of a resource with the stack's tags; `takes` says how its type takes tags (`ResourceType`).

        The tags that CloudFormation itself adds are on EC2's resources only; on AWS, most other types have them, too.
        """
        system = {"logical-id": logical_id, "stack-id": self.id, "stack-name": self.name}
        more = [{"Key": f"aws:cloudformation:{name}", "Value": value} for name, value in system.items()]
        more = [*self.tags, *(more if takes == "ec2" else ())]
        if not takes or not more:
            return properties
        own = list(properties.get("Tags") or [])
        keys = {each["Key"] for each in own}
        return {**properties, "Tags": [*own, *(each for each in more if each["Key"] not in keys)]}

    def set_status(self, status: str, reason: str = "") -> None:
        """Sets the status of the stack."""
        self.status, self.reason = status, reason
        self.add_event(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def add_event(self, logical_id: str, physical_id: str, type_: str, status: str, reason: str = "") -> None:
        """Adds an event."""
        event = StackEvent(
            str(mock_random.uuid4()), logical_id, physical_id, type_, status, reason, clock.now()
        )
        self.events.append(event)

    def set_resource(self, resource: Resource, status: str, reason: str = "") -> None:
        """Sets the status of a resource."""
        resource.status, resource.reason, resource.changed = status, reason, clock.now()
        self.add_event(resource.logical_id, resource.physical_id, resource.type, status, reason)

    @property
    def is_deleted(self) -> bool:
        """Whether the stack is deleted and only listed."""
        return self.status == "DELETE_COMPLETE"


@dataclass
class ChangeSet:
    """A change set of a stack."""

    id: str
    name: str
    stack: Stack
    type: str
    template_text: str
    template: Doc
    parameters: list[Doc]
    description: str | None
    tags: list[Doc]
    capabilities: list[str]
    role: str | None
    on_failure: str | None
    created: datetime = field(default_factory=clock.now)
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    execution_status: str = "AVAILABLE"
    changes: list[Doc] = field(default_factory=list)


@dataclass
class Stacks:
    """All stacks of an account in a Region, including deleted ones."""

    account: str
    region: str
    stacks: list[Stack] = field(default_factory=list)
    change_sets: list[ChangeSet] = field(default_factory=list)
    running: bool = False
    """Whether a stack is being advanced now: the calls that it makes must not start another step."""

    def find(self, name: str) -> Stack | None:
        """A stack by its name (if it is not deleted) or id."""
        for stack in self.stacks:
            if stack.id == name or (stack.name == name and not stack.is_deleted):
                return stack
        return None

    def get(self, name: str) -> Stack:
        """An existing stack. Raises TemplateError if there is none."""
        stack = self.find(name)
        if stack is None:
            raise TemplateError(f"Stack with id {name} does not exist")
        return stack

    def change_set(self, name: str, stack: str | None) -> ChangeSet:
        """A change set by its id, or by its name within a stack. Raises ChangeSetNotFound."""
        if stack is None and not name.startswith("arn:"):
            raise TemplateError("StackName must be specified if ChangeSetName is not specified as an ARN.")
        for each in self.change_sets:
            in_stack = stack is None or stack in {each.stack.name, each.stack.id}
            if each.id == name or (each.name == name and in_stack):
                return each
        raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")

    def exports(self) -> Iterator[tuple[Stack, Doc]]:
        """Every exported output, with its stack."""
        for stack in self.stacks:
            for output in stack.outputs:
                if "ExportName" in output and not stack.is_deleted:
                    yield stack, output

    def export(self, name: str) -> str:
        """The value of an export. Raises TemplateError if there is none."""
        for _, output in self.exports():
            if output["ExportName"] == name:
                return str(output["OutputValue"])
        raise TemplateError(f"No export named {name} found. Rollback requested by user.")


def stacks_of(account: str, region: str) -> Stacks:
    """The stacks of an account in a Region."""
    from moto.cloudformation.models import cloudformation_backends

    backend = cloudformation_backends[account][region]
    found: Stacks = vars(backend).setdefault("sandbox_stacks", Stacks(account, region))
    return found


def all_stacks(account: str) -> Iterator[Stacks]:
    """The stacks of an account in each Region that it has used."""
    from moto.cloudformation.models import cloudformation_backends

    for number, _region, backend in list(cloudformation_backends.iter_backends()):
        if number == account and "sandbox_stacks" in vars(backend):
            yield vars(backend)["sandbox_stacks"]
