"""A request to CloudFormation: its template, parameters, capabilities and caller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs.errors import ResourceFailed
from labs.sandbox.cloudformation.errors import InsufficientCapabilities, TemplateError
from labs.sandbox.cloudformation.lookups import ssm_value
from labs.sandbox.cloudformation.parameters import parameter_values
from labs.sandbox.cloudformation.requests import Api
from labs.sandbox.cloudformation.stacks import Stack, Stacks
from labs.sandbox.cloudformation.template import creation_order, parse_template
from labs.sandbox.cloudformation.texts import is_true
from labs.sandbox.cloudformation.types import IGNORED, TYPES

Doc = dict[str, Any]
MAX_BODY_BYTES = 51_200
"""The largest TemplateBody; a template in S3 may have 1 MB."""


@dataclass(frozen=True)
class RequestedStack:
    """The template of a request, as text and parsed, with its parameters."""

    text: str
    document: Doc


_enforcing = [False]
"""Whether this process enforces IAM; set by the server."""


def enforce(on: bool) -> None:
    """Enforces the policies of the stack's caller on what the stack creates."""
    _enforcing[0] = on


def is_enforced() -> bool:
    """Whether IAM policies are enforced."""
    return _enforcing[0]


def access_key(response: Any) -> str:
    """The access key of the request."""
    return str(response.get_access_key())


def flag(response: Any, name: str) -> bool:
    """A boolean member of the request."""
    return is_true(response._get_param(name))


def template_of(response: Any, stack: Stack | None = None, *, previous: bool = False) -> RequestedStack:
    """The template of a request: its body, its URL, or the previous template. Raises TemplateError."""
    body, url = response._get_param("TemplateBody"), response._get_param("TemplateURL")
    if stack is not None and stack.template and (previous or flag(response, "UsePreviousTemplate")):
        return RequestedStack(stack.template_text, stack.template)
    if body and url:
        raise TemplateError("You cannot specify both TemplateBody and TemplateURL")
    if not body and not url:
        raise TemplateError("Either Template URL or Template Body must be specified.")
    if body and len(body.encode()) > MAX_BODY_BYTES:
        raise TemplateError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
            f"length less than or equal to {MAX_BODY_BYTES}"
        )
    text = body or _fetched(response, url)
    document = parse_template(text)
    creation_order(document)
    return RequestedStack(text, document)


def refuse_stack_policies(response: Any) -> None:
    """Raises TemplateError for a policy that should protect resources of the stack from updates."""
    forms = ("Body", "URL", "DuringUpdateBody", "DuringUpdateURL")
    if any(response._get_param(f"StackPolicy{form}") for form in forms):
        raise TemplateError("The sandbox does not support stack policies")


def _fetched(response: Any, url: str) -> str:
    """A template in a bucket of the sandbox, by its address on AWS or on the sandbox's own port."""
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    host = parts.hostname or ""
    if ".s3" in host and not host.startswith("s3"):
        bucket, key = host.split(".s3")[0], path
    else:
        bucket, _, key = path.partition("/")
    if parts.scheme == "s3":
        raise TemplateError(f"S3 error: Domain name specified in {host} is not a valid S3 domain")
    if not bucket or not key:
        raise TemplateError("TemplateURL must be a supported URL.")
    api = Api(access_key(response), response.current_account, response.region, is_enforced())
    try:
        content: bytes = api("s3", "GetObject", {"Bucket": bucket, "Key": key})["Body"].read()
    except ResourceFailed as error:
        raise TemplateError(f"S3 error: {error}") from error
    return content.decode()


def parameters_of(
    response: Any, stacks: Stacks, document: Doc, previous: dict[str, str]
) -> tuple[dict[str, str], Doc]:
    """The values of the parameters for a template."""
    return _values(response, stacks, document, response._get_param("Parameters") or [], previous)


def values_of(
    stacks: Stacks, document: Doc, given: list[Doc], stack: Stack, response: Any
) -> tuple[dict[str, str], Doc]:
    """The values of a change set's parameters."""
    return _values(response, stacks, document, given, stack.parameters)


def _values(
    response: Any, stacks: Stacks, document: Doc, given: list[Doc], previous: dict[str, str]
) -> tuple[dict[str, str], Doc]:
    api = Api(access_key(response), stacks.account, stacks.region, is_enforced())
    return parameter_values(document, given, previous, lambda name: ssm_value(api, name))


def require_capabilities(response: Any, document: Doc) -> None:
    """Raises InsufficientCapabilities if the request does not acknowledge the template's IAM resources."""
    needed = capabilities(document)
    given = set(response._get_param("Capabilities") or [])
    if needed and not (set(needed) & given or "CAPABILITY_NAMED_IAM" in given):
        raise InsufficientCapabilities(f"Requires capabilities : [{needed[0]}]")


def capabilities(document: Doc) -> list[str]:
    """The capability that a template needs, if any."""
    makers = [
        (TYPES[each["Type"]], each.get("Properties") or {})
        for each in document["Resources"].values()
        if each["Type"] in _makers_of_permissions(document)
    ]
    if any(kind.name_property and kind.name_property in properties for kind, properties in makers):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if makers else []


def _makers_of_permissions(document: Doc) -> list[str]:
    types = sorted({each["Type"] for each in document["Resources"].values()})
    return [name for name in types if name in TYPES and TYPES[name].capability]


def key_of_role(response: Any, role: str) -> str:
    """An access key of the stack's service role. Raises TemplateError if CloudFormation cannot assume the role."""
    from moto.sts.models import sts_backends

    from labs.iam import trusts
    from labs.sandbox.access.roles import find_role

    found = find_role(response.current_account, role)
    if found is None or found.trust is None or not trusts(found.trust, "cloudformation.amazonaws.com"):
        raise TemplateError(f"Role {role} is invalid or cannot be assumed")
    session = sts_backends[response.current_account]["aws"].assume_role(
        response.region, "AWSCloudFormation", role, "", 3600, ""
    )
    return str(session.access_key_id)


def importing(stacks: Stacks, export: str) -> list[str]:
    """The names of the stacks whose templates import an export."""
    return [
        stack.name
        for stack in stacks.stacks
        if not stack.is_deleted and export in set(_imports(stacks, stack))
    ]


def importers(stacks: Stacks, stack: Stack) -> tuple[str, list[str]] | None:
    """An export of a stack that other stacks import, and the names of these stacks."""
    for output in stack.outputs:
        names = importing(stacks, output["ExportName"]) if "ExportName" in output else []
        if names:
            return output["ExportName"], names
    return None


def _imports(stacks: Stacks, stack: Stack) -> Iterator[str]:
    from labs.sandbox.cloudformation.engine import Engine

    scope = Engine(stacks, stack).scope()
    todo: list[Any] = [stack.template.get("Resources"), stack.template.get("Outputs")]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            if "Fn::ImportValue" in value:
                yield str(scope.resolve(value["Fn::ImportValue"]))
            todo += list(value.values())


def stack_with(stacks: Stacks, physical_id: str) -> Stack:
    """The stack that a resource belongs to. Raises TemplateError if it belongs to none."""
    for stack in stacks.stacks:
        if any(each.physical_id == physical_id and not each.is_gone for each in stack.resources.values()):
            return stack
    raise TemplateError(f"Stack for {physical_id} does not exist")


def check_types(document: Doc) -> None:
    """Raises TemplateError for types that do not exist on AWS, or that the sandbox lacks."""
    unknown = sorted({each["Type"] for each in document["Resources"].values()} - set(TYPES) - IGNORED)
    if unknown:
        raise TemplateError(
            f"Template format error: the sandbox does not support the resource types [{', '.join(unknown)}]"
        )


def template_summary(document: Doc) -> Doc:
    """The parameters, resource types and capabilities of a template."""
    parameters = [
        {
            "ParameterKey": name,
            "DefaultValue": str(slot["Default"]) if "Default" in slot else None,
            "NoEcho": str(slot.get("NoEcho", False)).lower() == "true",
            "Description": slot.get("Description"),
            "ParameterType": slot.get("Type", "String"),
        }
        for name, slot in (document.get("Parameters") or {}).items()
    ]
    made: Doc = {
        "Description": document.get("Description"),
        "Parameters": parameters,
        "ResourceTypes": sorted({each["Type"] for each in document["Resources"].values()}),
        "Version": document.get("AWSTemplateFormatVersion"),
    }
    makers = _makers_of_permissions(document)
    if makers:
        made["Capabilities"] = capabilities(document)
        made["CapabilitiesReason"] = f"The following resource(s) require capabilities: [{', '.join(makers)}]"
    return made
