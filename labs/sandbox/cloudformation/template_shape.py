"""The shape of a template: sections, names and arguments of functions, refused before anything is made.

The words are AWS's, as recorded in the tests of localstack/localstack (tests/aws/services/cloudformation) and quoted in
aws-cloudformation/cfn-lint#99, #316, #1295 and #1639, buildkite/elastic-ci-stack-for-aws#370, and aws/aws-cdk#25696
and #27987.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs.sandbox.cloudformation.errors import TemplateError

Doc = dict[str, Any]
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_RESOURCE_MEMBERS = {
    "Type", "Properties", "DependsOn", "Condition", "Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy",
    "UpdateReplacePolicy", "Version", "Description", "Comment",
}  # fmt: skip


_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}


def check_shape(document: Doc) -> None:
    """Raises TemplateError for the first part that is not what CloudFormation expects there."""
    for section in _SECTIONS:
        if section in document and not isinstance(document[section], dict | None):
            raise TemplateError(f"Template format error: Any {section} member must be an object.")
    _check_values(document)
    if not document.get("Resources"):
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    _check_names(document)
    for slot in document.get("Parameters", {}).values():
        _check_parameter(slot)
    for mapping in document.get("Mappings", {}).values():
        _check_mapping(mapping)
    for name, resource in document["Resources"].items():
        _check_resource(name, resource)
        _check_policies(name, resource, extended="Transform" in document)
    for output in document.get("Outputs", {}).values():
        _check_output(output)


def _check_values(document: Doc) -> None:
    conditions = document.get("Conditions") or {}
    for path, value in _parts({name: document[name] for name in _SECTIONS if name in document}):
        if value is None and "/Metadata/" not in path and not path.endswith("/Fn::GetAZs"):
            raise TemplateError(f"[{path}] 'null' values are not allowed in templates")
        if not isinstance(value, dict) or len(value) != 1 or path.startswith("/Mappings"):
            continue
        ((function, given),) = value.items()
        check_arguments(function, given)
        if function == "Fn::If" and path.startswith("/Conditions"):
            raise TemplateError("Template error: Fn::If is not supported in the Conditions block")
        if function == "Fn::If" and given[0] not in conditions:
            raise TemplateError(f"Template error: unresolved condition dependency {given[0]} in Fn::If")


def check_arguments(function: str, given: Any) -> None:
    """Raises TemplateError for arguments that a function does not take."""
    fits, words = _ARGUMENTS.get(function, (_anything, ""))
    if not fits(given):
        raise TemplateError(f"Template error: {words}")


def _parts(document: Doc) -> Iterator[tuple[str, Any]]:
    """Every value of a template with its path."""
    todo: list[tuple[str, Any]] = [("", document)]
    while todo:
        path, value = todo.pop()
        yield path, value
        inside = (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        )
        todo += [(f"{path}/{key}", each) for key, each in inside]


def _check_names(document: Doc) -> None:
    for section, word in (("Parameters", "Parameter"), ("Resources", "Resource")):
        for name in document.get(section, {}):
            if str(name).startswith("Fn::"):
                function = str(name).rpartition("::")[0]
                raise TemplateError(
                    f"The sandbox does not support the function {function} of the language extensions"
                )
            if not (str(name).isalnum() and str(name).isascii()):
                raise TemplateError(f"Template format error: {word} name {name} is non alphanumeric.")


def _check_parameter(slot: Any) -> None:
    if not isinstance(slot, dict) or not isinstance(slot.get("Type"), str):
        raise TemplateError("Template format error: Every Parameters object must contain a Type member.")
    if not isinstance(slot.get("AllowedValues", []), list):
        raise TemplateError("Template format error: Every AllowedValues member must be a list.")
    for member in ("MinValue", "MaxValue", "MinLength", "MaxLength"):
        if not re.fullmatch(r"-?\d+(\.\d+)?", str(slot.get(member, 0))):
            raise TemplateError(f"Template format error: Every {member} member must be a number.")
    if isinstance(slot.get("Default"), dict | list):
        raise TemplateError("Template format error: Every Default member must be a string.")


def _check_mapping(mapping: Any) -> None:
    for top, second in mapping.items() if isinstance(mapping, dict) else [(mapping, None)]:
        if not isinstance(second, dict):
            raise TemplateError(f"Template format error: Every Mappings member {top} must be a map")
        if any(isinstance(value, dict) for value in second.values()):
            raise TemplateError("Template format error: Every Mappings attribute must be a String or a List.")


def _check_resource(name: str, resource: Any) -> None:
    if not isinstance(resource, dict):
        raise TemplateError(f"Template format error: [/Resources/{name}] resource definition is malformed")
    if not isinstance(resource.get("Type"), str):
        raise TemplateError(
            f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        )
    unknown = next((each for each in resource if each not in _RESOURCE_MEMBERS), None)
    if unknown is not None:
        raise TemplateError(f"Invalid template resource property '{unknown}'")
    if not isinstance(resource.get("Condition", ""), str | bool):
        raise TemplateError(f"Template format error: [/Resources/{name}/Condition] is not a string")
    if not isinstance(resource.get("Properties", {}), dict):
        raise TemplateError(f"Template format error: [/Resources/{name}/Properties] is not an object")
    needed = resource.get("DependsOn", [])
    if not all(isinstance(each, str) for each in (needed if isinstance(needed, list) else [needed])):
        raise TemplateError("Template format error: DependsOn must be a string or list of strings.")


def _check_policies(name: str, resource: Doc, *, extended: bool) -> None:
    """Checks the deletion policies, which may be functions under the language extensions."""
    for member, policies in _POLICIES.items():
        policy = resource.get(member, "Delete")
        if extended and isinstance(policy, dict):
            continue
        if not isinstance(policy, str):
            raise TemplateError(f"Template format error: Every {member} member must be a string.")
        if policy not in policies:
            raise TemplateError(f"Template format error: Unrecognized {member} {policy} for resource {name}")


def _check_output(output: Any) -> None:
    if not isinstance(output, dict) or "Value" not in output:
        raise TemplateError("Template format error: Every Outputs member must contain a Value object")
    export = output.get("Export", {"Name": ""})
    if not isinstance(export, dict) or "Name" not in export:
        raise TemplateError("Template format error: Every Export member must contain a Name")


def _anything(_: Any) -> bool:
    return True


def _text(value: Any) -> bool:
    """Whether a value is a text, or a function that may give one."""
    return isinstance(value, str | int | float | dict)


def _list(value: Any) -> bool:
    return isinstance(value, list | dict)


def _some(given: Any, *tests: Callable[[Any], bool]) -> bool:
    """Whether the arguments are a list of so many, each of which passes its test."""
    return (
        isinstance(given, list)
        and len(given) == len(tests)
        and all(test(each) for test, each in zip(tests, given, strict=True))
    )


def _attribute(given: Any) -> bool:
    if isinstance(given, str):
        return "." in given.strip(".")
    return (
        isinstance(given, list)
        and len(given) > 1
        and isinstance(given[0], str)
        and all(each and _text(each) for each in given)
    )


def _selected(given: Any) -> bool:
    if not _some(given, _text, _list):
        return False
    index, items = given
    if isinstance(index, dict):
        return True
    return str(index).isdecimal() and (isinstance(items, dict) or int(index) < len(items))


def _substituted(given: Any) -> bool:
    return isinstance(given, str) or (_some(given, _anything, _list) and isinstance(given[0], str))


def _several(given: Any) -> bool:
    return isinstance(given, list) and 2 <= len(given) <= 10


_MANY = "object requires a list of at least 2 and at most 10 boolean parameters."
_ARGUMENTS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "Ref": (lambda given: isinstance(given, str), "every Ref object must have a single String value."),
    "Fn::And": (_several, f"every Fn::And {_MANY}"),
    "Fn::Base64": (_text, "every Fn::Base64 object must have a String-typed value."),
    "Fn::Cidr": (
        lambda given: _some(given, _text, _text) or _some(given, _text, _text, _text),
        "every Fn::Cidr object requires an IP block, a count and, optionally, the number of subnet bits",
    ),
    "Fn::Equals": (
        lambda given: _some(given, _text, _text),
        "every Fn::Equals object requires a list of 2 string parameters.",
    ),
    "Fn::FindInMap": (
        lambda given: _some(given, _text, _text, _text) or _some(given, _text, _text, _text, _list),
        "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return "
        "value",
    ),
    "Fn::GetAtt": (
        _attribute,
        "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
    ),
    "Fn::If": (
        lambda given: _some(given, lambda name: isinstance(name, str | bool), _anything, _anything),
        "Fn::If requires a list argument with the first element being a condition",
    ),
    "Fn::ImportValue": (
        _text,
        "the attribute in Fn::ImportValue must be a string or a function that returns a string",
    ),
    "Fn::Join": (
        lambda given: _some(given, _text, _list),
        "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined "
        "or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
    ),
    "Fn::Not": (
        lambda given: _some(given, _anything),
        "every Fn::Not object requires one boolean parameter.",
    ),
    "Fn::Or": (_several, f"every Fn::Or {_MANY}"),
    "Fn::Select": (
        _selected,
        "Fn::Select requires a list argument with two elements: an integer index and a list",
    ),
    "Fn::Split": (
        lambda given: _some(given, lambda separator: isinstance(separator, str), _text),
        "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a "
        "function that returns a string to be split.",
    ),
    "Fn::Sub": (
        _substituted,
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, "
        "and an optional second argument to specify a mapping of values to replace in the string",
    ),
}
"""What each function takes, and AWS's words for what it does not."""
