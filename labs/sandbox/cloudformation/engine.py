"""Creates, updates and deletes the resources of a template in order of dependency, and rolls back on failure.

Each operation is a generator that yields when the stack has to wait (for a service to become steady), and is resumed
when the world has changed (see `stabilising`). Source: "Understand stack update behaviors" and "Stack failure
options" of the CloudFormation user guide.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

from labs.errors import NotReady, ResourceFailed
from labs.sandbox.cloudformation.cfn_init import with_cfn_init
from labs.sandbox.cloudformation.errors import TemplateError, UnresolvedResource
from labs.sandbox.cloudformation.functions import TemplateScope
from labs.sandbox.cloudformation.names import physical_name
from labs.sandbox.cloudformation.outputs import set_outputs
from labs.sandbox.cloudformation.requests import Api
from labs.sandbox.cloudformation.stacks import Resource, Stack, Stacks
from labs.sandbox.cloudformation.template import all_dependencies
from labs.sandbox.cloudformation.types import Made, must_become_steady, resource_type
from labs.sandbox.cloudformation.walk import walk, wanted_resources
from labs.sandbox.world import clock

Doc = dict[str, Any]
Work = Generator[None, None, None]
MAX_WAIT = timedelta(hours=3)
"""Maximum time for a resource to become stable (ECS developer guide, "Amazon ECS services in CloudFormation")."""
DELETE_PASSES = 3
"""Number of deletion passes: a resource may be deletable only after another is gone."""


class Engine:
    """Carries out the operations of one stack."""

    def __init__(self, stacks: Stacks, stack: Stack) -> None:
        self.stacks = stacks
        self.stack = stack
        self.api = Api(stack.access_key, stacks.account, stacks.region, stack.enforced)
        self._failure: tuple[Resource, str] | None = None

    def create(self) -> Work:
        """Creates every resource; if one fails, deletes all of them."""
        self.stack.set_status("CREATE_IN_PROGRESS", "User Initiated")
        try:
            yield from self._walk("CREATE")
            set_outputs(self.stacks, self.stack, self.scope())
        except (ResourceFailed, TemplateError) as error:
            yield from self._undo_creation(self._message(error))
        else:
            self.stack.set_status("CREATE_COMPLETE")

    def _undo_creation(self, reason: str) -> Work:
        if self.stack.disable_rollback:
            self.stack.set_status("CREATE_FAILED", reason)
            return
        verb = "DELETE" if self.stack.deleted_on_failure else "ROLLBACK"
        requested = "Delete" if self.stack.deleted_on_failure else "Rollback"
        self.stack.set_status(f"{verb}_IN_PROGRESS", f"{reason} {requested} requested by user.")
        left = yield from self._delete_all()
        self.stack.set_status(f"{verb}_FAILED" if left else f"{verb}_COMPLETE", left)

    def update(self, before: Callable[[], None]) -> Work:
        """Updates the resources to the new template; if that fails, `before` restores the old template."""
        self.stack.updated = clock.now()
        self.stack.set_status("UPDATE_IN_PROGRESS", "User Initiated")
        try:
            replaced = yield from self._walk("UPDATE")
            set_outputs(self.stacks, self.stack, self.scope())
        except (ResourceFailed, TemplateError) as error:
            self.stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", self._message(error))
            before()
            yield from self._roll_back_update()
        else:
            self.stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            yield from self._clean_up(replaced)
            self.stack.set_status("UPDATE_COMPLETE")

    def _roll_back_update(self) -> Work:
        """Returns to the old template after a failed update."""
        try:
            replaced = yield from self._walk("UPDATE")
            set_outputs(self.stacks, self.stack, self.scope())
        except (ResourceFailed, TemplateError) as error:
            self.stack.set_status("UPDATE_ROLLBACK_FAILED", str(error))
            return
        self.stack.set_status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        yield from self._clean_up(replaced)
        self.stack.set_status("UPDATE_ROLLBACK_COMPLETE")

    def delete(self, retained: list[str]) -> Work:
        """Deletes every resource in reverse order of creation."""
        self.stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        left = yield from self._delete_all(retained)
        if left:
            self.stack.set_status("DELETE_FAILED", left)
            return
        self.stack.set_status("DELETE_COMPLETE")

    def _message(self, error: Exception) -> str:
        """Records which resource failed, and which ones that cancels; the stack's status reason names it."""
        reason = self._failure_message(error)
        for each in self.stack.resources.values():
            if each.status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
                verb = each.status.partition("_")[0]
                what = "creation" if verb == "CREATE" else "update"
                self.stack.set_resource(each, f"{verb}_FAILED", f"Resource {what} cancelled")
        return reason

    def _failure_message(self, error: Exception) -> str:
        if self._failure is None or str(error) != self._failure[1]:
            return str(error)
        resource, reason = self._failure
        self._failure = None
        verb = "UPDATE" if resource.made is not None and resource.status.startswith("UPDATE") else "CREATE"
        self.stack.set_resource(resource, f"{verb}_FAILED", reason)
        return f"The following resource(s) failed to {verb.lower()}: [{resource.logical_id}]."

    def _walk(self, verb: str) -> Generator[None, None, list[Resource]]:
        """Creates or updates each resource. Returns those that were replaced or are no longer in the template."""
        stack, scope = self.stack, self.scope()
        wanted = wanted_resources(stack.template, scope)
        replaced: list[Resource] = []
        # What has to become steady comes last where it can: the routes of its network are made in no time here.
        order = sorted(wanted, key=lambda name: must_become_steady(stack.template["Resources"][name]["Type"]))
        yield from walk(
            {name: all_dependencies(stack.template, name) for name in order},
            lambda name: self._bring_to_template(scope, name, verb, replaced),
            lambda name: name not in stack.resources,
        )
        gone = [resource for name, resource in stack.resources.items() if name not in wanted]
        return replaced + gone

    def _bring_to_template(
        self, scope: TemplateScope, name: str, verb: str, replaced: list[Resource]
    ) -> Work:
        """Creates or updates one resource, and waits until it is stable."""
        stack = self.stack
        template = stack.template["Resources"][name]
        resource = stack.resources.get(name)
        if resource is None or resource.made is None:
            resource = stack.resources[name] = Resource(name, template["Type"])
        resource.template = template
        try:
            changed = self._carry_out(scope, resource, replaced)
            if changed and resource.made is not None:
                yield from self._until_ready(resource)
        except ResourceFailed as error:
            if resource.made is None:
                del stack.resources[name]
            self._failure = (resource, str(error))
            raise
        if changed:
            updated = verb == "UPDATE" and resource.status.startswith("UPDATE")  # what is new is created
            stack.set_resource(resource, "UPDATE_COMPLETE" if updated else "CREATE_COMPLETE")

    def _carry_out(self, scope: TemplateScope, resource: Resource, replaced: list[Resource]) -> bool:
        """Creates or updates a resource. Returns False if nothing had to change."""
        kind = resource_type(resource.template["Type"])
        try:
            properties = scope.resolve(resource.template.get("Properties") or {})
            properties = with_cfn_init(self.stack, properties, scope)
        except TemplateError as error:
            raise ResourceFailed(str(error)) from error
        made = resource.made
        if made is None:
            self.stack.set_resource(resource, "CREATE_IN_PROGRESS")
            resource.made = kind.make(self.api, self._named(kind, resource, properties))
            return True
        if kind.name_property and kind.name_property not in properties:
            properties = {kind.name_property: made.properties[kind.name_property], **properties}
        properties = self.stack.tagged(properties, resource.logical_id, kind.tags)
        if properties == made.properties:
            return False
        self.stack.set_resource(resource, "UPDATE_IN_PROGRESS")
        if not kind.change(self.api, made, properties):
            old = Resource(
                resource.logical_id, resource.type, made, resource.status, template=resource.template
            )
            if kind.name_property not in (resource.template.get("Properties") or {}):
                properties = {key: value for key, value in properties.items() if key != kind.name_property}
            resource.made = kind.make(self.api, self._named(kind, resource, properties))
            replaced.append(old)
        return True

    def _named(self, kind: Any, resource: Resource, properties: Doc) -> Doc:
        """The properties, with a generated name if the template has none, and with the stack's tags."""
        name = kind.name_property
        if name and name not in properties:
            made = physical_name(self.stack.name, resource.logical_id, kind.max_name, lower=kind.lower_name)
            properties = {name: made, **properties}
        return self.stack.tagged(properties, resource.logical_id, kind.tags)

    def _until_ready(self, resource: Resource) -> Work:
        kind, end = resource_type(resource.type), clock.now() + MAX_WAIT
        assert resource.made is not None
        while True:
            try:
                kind.ready(self.api, resource.made)
            except NotReady:
                self._check_timeout()
                if clock.now() >= end:
                    raise ResourceFailed(f"Resource of type '{resource.type}' did not stabilize.") from None
                yield
            else:
                return

    def _check_timeout(self) -> None:
        stack = self.stack
        if stack.status != "CREATE_IN_PROGRESS" or not stack.timeout_minutes:
            return
        if clock.now() >= stack.created + timedelta(minutes=stack.timeout_minutes):
            raise TemplateError("Stack creation time exceeded the specified timeout.")

    def _clean_up(self, resources: list[Resource]) -> Work:
        """Deletes the resources that an update replaced or removed; those that cannot be deleted stay, as on AWS."""
        yield from self._delete(list(reversed(resources)), retained=[])
        for resource in resources:
            if self.stack.resources.get(resource.logical_id) is resource:
                del self.stack.resources[resource.logical_id]

    def _delete_all(self, retained: list[str] | None = None) -> Generator[None, None, str]:
        resources = [each for each in reversed(self.stack.resources.values()) if not each.is_gone]
        failed = yield from self._delete(resources, retained or [])
        if not failed:
            self.stack.outputs, self.stack.deleted = [], clock.now()
            return ""
        names = ", ".join(each.logical_id for each in failed)
        return f"The following resource(s) failed to delete: [{names}]. "

    def _delete(
        self, resources: list[Resource], retained: list[str]
    ) -> Generator[None, None, list[Resource]]:
        """Deletes resources in this order, in several passes. Returns those that could not be deleted."""
        left = resources
        for last in (False,) * (DELETE_PASSES - 1) + (True,):
            left = [each for each in left if not self._removed(each, retained, last=last)]
            if not left:
                break
        yield from ()
        return left

    def _removed(self, resource: Resource, retained: list[str], *, last: bool) -> bool:
        policy = self.scope().resolve(resource.template.get("DeletionPolicy"))
        keeps = policy in {"Retain", "RetainExceptOnCreate"}
        if resource.made is None or resource.logical_id in retained or keeps:
            if resource.made is not None:
                self.stack.set_resource(resource, "DELETE_SKIPPED")
            return True
        if resource.status not in {"DELETE_IN_PROGRESS", "DELETE_FAILED"}:
            self.stack.set_resource(resource, "DELETE_IN_PROGRESS")
        try:
            resource_type(resource.type).remove(self.api, resource.made)
        except ResourceFailed as error:
            if last:
                self.stack.set_resource(resource, "DELETE_FAILED", str(error))
            return False
        self.stack.set_resource(resource, "DELETE_COMPLETE")
        return True

    def scope(self) -> TemplateScope:
        """The current values of the names in the stack's template."""
        from labs.sandbox.cloudformation.lookups import pseudo_parameters, ssm_value, zones

        stack = self.stack
        values = {**pseudo_parameters(self.stacks, stack), **stack.values}
        return TemplateScope(
            stack.template,
            values,
            ref=lambda name: self._made(name)[1].id,
            attribute=self._attribute,
            export=self.stacks.export,
            zones=lambda region: zones(self.api, region),
            ssm=lambda name: ssm_value(self.api, name),
        )

    def _made(self, name: str) -> tuple[Resource, Made]:
        resource = self.stack.resources.get(name)
        if resource is None or resource.made is None:
            raise UnresolvedResource(
                f"Unresolved resource dependencies [{name}] in the Resources block of the template"
            )
        return resource, resource.made

    def _attribute(self, name: str, attribute: str) -> Any:
        resource, made = self._made(name)
        return resource_type(resource.type).attribute(self.api, made, attribute)
