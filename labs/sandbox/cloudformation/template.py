"""Parses a template: JSON, or YAML with short tags at any depth, as one plain document.

Source of the messages: "Template anatomy" and "Intrinsic function reference" of the CloudFormation user guide, and
errors that users have pasted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml

from labs.sandbox.cloudformation.errors import TemplateError
from labs.sandbox.cloudformation.template_shape import check_shape

Doc = dict[str, Any]

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Rules",
    "Transform",
    "Resources",
    "Outputs",
}
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_SUB = re.compile(r"\$\{([^!${}][^${}]*)\}")
PSEUDO = {
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
}


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: dates are text, aliases are refused, short tags are functions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise TemplateError(
                "Template format error: YAML aliases are not allowed in CloudFormation templates"
            )
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _function(loader: Any, tag: str, node: Any) -> Doc:
    if isinstance(node, yaml.SequenceNode):
        value: Any = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        value = node.value.split(".", 1) if tag == "GetAtt" else node.value
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _function)


def parse_template(text: str) -> Doc:
    """The template as a document. Raises TemplateError if it is malformed."""
    document = _parsed(text)
    if not isinstance(document, dict):
        raise TemplateError("Template format error: unsupported structure.")
    unknown = [name for name in document if name not in _SECTIONS]
    if unknown:
        raise TemplateError(f"Invalid template property or properties [{', '.join(map(str, unknown))}]")
    _check_transforms(document.get("Transform") or [])
    check_shape(document)
    _check_references(document)
    _check_conditions(document)
    return document


def _check_transforms(named: Any) -> None:
    """Accepts the language extensions, which need no transformation here; refuses other macros, which run code."""
    unknown = [
        each for each in (named if isinstance(named, list) else [named]) if each != LANGUAGE_EXTENSIONS
    ]
    if unknown:
        raise TemplateError(f"The sandbox does not support transforms (macros, SAM): {unknown[0]}")


def _parsed(text: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            place = f"(line {error.lineno}, column {error.colno + 1})"
            raise TemplateError(f"Template format error: JSON not well-formed. {place}") from error
        except (ValueError, RecursionError) as error:
            raise TemplateError("Template format error: JSON not well-formed.") from error
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise TemplateError(f"Template format error: YAML not well-formed.{place}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise TemplateError("Template format error: YAML not well-formed.") from error


def _check_conditions(document: Doc) -> None:
    conditions = document.get("Conditions") or {}
    needs = {name: _conditions_in(value) & conditions.keys() for name, value in conditions.items()}
    _in_order("conditions", needs)


def _conditions_in(value: Any) -> set[str]:
    """The names of the conditions that a part of a template uses."""
    found: set[str] = set()
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            found.update(name for name in (each.get("Condition"),) if isinstance(name, str))
            todo += each.values()
        elif isinstance(each, list):
            todo += each
    return found


def _check_references(document: Doc) -> None:
    values = set(document.get("Parameters") or {}) | PSEUDO
    resources = sorted(set(references(document.get("Conditions") or {})) - values)
    if resources:
        raise TemplateError(
            f"Template format error: Unresolved dependencies [{', '.join(resources)}]. Cannot reference resources in "
            "the Conditions block of the template"
        )
    known = set(document["Resources"]) | values
    for section in ("Resources", "Outputs"):
        found = sorted({name for name in references(document.get(section) or {}) if name not in known})
        if found:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{', '.join(found)}] in the {section} "
                "block of the template"
            )


def references(value: Any) -> Iterator[str]:
    """The names of parameters, resources and pseudo parameters that a part of a template refers to."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                yield inner
            elif key == "Fn::GetAtt":
                yield inner.split(".")[0] if isinstance(inner, str) else inner[0]
            elif key == "Fn::Sub":
                yield from _substituted(inner)
            else:
                yield from references(inner)


def _substituted(value: Any) -> Iterator[str]:
    text, given = value if isinstance(value, list) else (value, {})
    for name in _SUB.findall(text):
        if name.strip() not in given:
            yield name.strip().split(".")[0]
    yield from references(given)


def dependencies(document: Doc, name: str) -> list[str]:
    """The resources on which a resource depends: those that it references, and its DependsOn."""
    resource = document["Resources"][name]
    needed = resource.get("DependsOn", [])
    named = [needed] if isinstance(needed, str) else list(needed)
    missing = [each for each in named if each not in document["Resources"]]
    if missing:
        raise TemplateError(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in the Resources block of "
            "the template"
        )
    named += references(resource.get("Properties") or {})
    named += (each for each in references(resource.get("Metadata") or {}) if each != name)
    return list(dict.fromkeys(each for each in named if each in document["Resources"]))


def all_dependencies(document: Doc, name: str) -> set[str]:
    """The resources on which a resource depends, directly or indirectly."""
    found: set[str] = set()
    todo = dependencies(document, name)
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo += dependencies(document, each)
    return found


def creation_order(document: Doc) -> list[str]:
    """All resources, each after those on which it depends. Raises TemplateError for a circular dependency."""
    return _in_order("resources", {name: dependencies(document, name) for name in document["Resources"]})


def _in_order(kind: str, needs: Mapping[str, Collection[str]]) -> list[str]:
    order: list[str] = []
    while len(order) < len(needs):
        ready = [name for name in needs if name not in order and all(each in order for each in needs[name])]
        if not ready:
            circle = sorted(set(needs) - set(order))
            raise TemplateError(f"Circular dependency between {kind}: [{', '.join(circle)}]")
        order += ready
    return order


def substitutions(text: str) -> Iterator[re.Match[str]]:
    """The `${...}` in a Fn::Sub, without literal ones (`${!...}`)."""
    return _SUB.finditer(text)
