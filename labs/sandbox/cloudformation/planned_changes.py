"""The changes of a change set: resources, their properties, and which resources are replaced.

Source: "ResourceChange" and "ResourceTargetDefinition" of the CloudFormation API reference. The AWS CDK shows as
differences only the properties that a change set names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.errors import ResourceFailed
from labs.sandbox.cloudformation.cfn_init import with_cfn_init
from labs.sandbox.cloudformation.engine import Engine
from labs.sandbox.cloudformation.errors import TemplateError
from labs.sandbox.cloudformation.functions import TemplateScope
from labs.sandbox.cloudformation.stacks import Resource, Stack, Stacks
from labs.sandbox.cloudformation.template import references
from labs.sandbox.cloudformation.types import TYPES, ResourceType
from labs.sandbox.cloudformation.walk import wanted_resources

Doc = dict[str, Any]


def planned_changes(stacks: Stacks, stack: Stack, wanted: Stack) -> list[Doc]:
    """The resources that a stack's new template, parameters and tags add, change and remove."""
    plan = _Plan(Engine(stacks, wanted), stack)
    found = list(plan.changes())
    if not found and stack.resources and plan.outputs_differ():
        found.append(_change("Modify", Resource(stack.name, "AWS::CloudFormation::Stack")))
    return found


class _Plan:
    """A new template, compared with the current stack."""

    def __init__(self, engine: Engine, stack: Stack) -> None:
        self.engine = engine
        self.wanted = engine.stack
        self.stack = stack
        self.scope: TemplateScope = engine.scope()
        self.new: set[str] = set()
        """The resources whose ids are not known yet: those added, and those that are replaced."""

    def changes(self) -> Iterator[Doc]:
        resources = self.wanted.template["Resources"]
        names = wanted_resources(self.wanted.template, self.scope)
        for name in names:
            old = self.stack.resources.get(name)
            if old is None or old.made is None:
                self.new.add(name)
                yield _change("Add", Resource(name, resources[name]["Type"]))
                continue
            details = self._details(old, resources[name])
            if details or resources[name] != old.template:
                recreation = {each["Target"]["RequiresRecreation"] for each in details}
                is_replaced = "Always" in recreation or resources[name]["Type"] != old.type
                self.new |= {name} if is_replaced else set()
                replacement = (
                    "True" if is_replaced else "Conditional" if "Conditionally" in recreation else "False"
                )
                yield _change("Modify", old, Replacement=replacement, Scope=_scope(details), Details=details)
        yield from (
            _change("Remove", each) for name, each in self.stack.resources.items() if name not in names
        )

    def outputs_differ(self) -> bool:
        if self.wanted.template.get("Outputs") != self.stack.template.get("Outputs"):
            return True
        old, new = self.stack.parameters, self.wanted.parameters
        changed = {name for name, value in new.items() if old.get(name) != value}
        return bool(changed & set(references(self.wanted.template.get("Outputs"))))

    def _details(self, old: Resource, resource: Doc) -> list[Doc]:
        """The properties that change, and whether each requires a replacement."""
        kind = TYPES.get(resource["Type"])
        if kind is None or kind.name != old.type or old.made is None:
            return []
        given = resource.get("Properties") or {}
        values, unknown = self._values(kind, old.logical_id, given)
        kept = {kind.name_property} - set(given)
        was = old.made.properties
        names = {key for key in {*values, *was} - kept - unknown if values.get(key) != was.get(key)}
        return [self._detail(kind, key, {**was, **values}, given.get(key)) for key in sorted(names | unknown)]

    def _values(self, kind: ResourceType, name: str, given: Doc) -> tuple[Doc, set[str]]:
        """The properties, and the names of those whose values are not known yet."""
        values: Doc = {}
        unknown = {key for key, value in given.items() if self.new & set(references(value))}
        for key in set(given) - unknown:
            try:
                value = self.scope.resolve({key: given[key]})
            except (ResourceFailed, TemplateError):
                unknown.add(key)
            else:
                values.update(value)
        values = with_cfn_init(self.wanted, values, self.scope)
        return {
            **self.wanted.tagged(values, name, kind.tags),
            **{key: given[key] for key in unknown},
        }, unknown

    def _detail(self, kind: ResourceType, key: str, values: Doc, given: Any) -> Doc:
        causes = sorted(self.new & set(references(given)))
        recreation = "Never" if self._in_place(kind, key, values) else "Conditionally" if causes else "Always"
        detail: Doc = {
            "Target": {"Attribute": "Properties", "Name": key, "RequiresRecreation": recreation},
            "Evaluation": "Dynamic" if causes else "Static",
            "ChangeSource": "ResourceReference" if causes else "DirectModification",
        }
        return {**detail, "CausingEntity": causes[0]} if causes else detail

    def _in_place(self, kind: ResourceType, key: str, values: Doc) -> bool:
        try:
            return key not in kind.replacing and kind.takes(self.engine.api, key, values)
        except ResourceFailed:
            return False


def _scope(details: list[Doc]) -> list[str]:
    return ["Properties"] if details else ["Metadata"]


def _change(action: str, resource: Resource, **more: Any) -> Doc:
    """One change, in the shape of the API."""
    known: Doc = {"LogicalResourceId": resource.logical_id, "ResourceType": resource.type, **more}
    if resource.physical_id:
        known["PhysicalResourceId"] = resource.physical_id
    return {"Type": "Resource", "ResourceChange": {"Action": action, **known}}
