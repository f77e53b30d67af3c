"""A request in IAM's terms: its access key, action and resources.

The resources are those of the service authorization reference for ECS, ECR, IAM, CloudWatch Logs and S3; of other
services, the resources are unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from labs.iam.operations import needed_for
from labs.sandbox.faults import action
from labs.sandbox.world.journal import RecordedRequest

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_SERVICES = {
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "es": "opensearch",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""botocore's names of services, by signing name, if they differ."""

_REST = frozenset({"efs", "lambda", "batch", "s3"})
"""Services whose requests identify the operation by method and path."""

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RequiredAccess:
    """A signed request in IAM's terms; `resources` is empty if they are not known.

    `others` are further required actions, whose resources are not known.
    """

    access_key: str
    account: str
    region: str
    action: str
    protocol: str
    resources: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def required_access(request: RecordedRequest) -> RequiredAccess | None:
    """The access that a request requires; None for an unsigned request."""
    found = _CREDENTIAL.search(request.environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        return None
    access_key, region, signed_for = found.groups()
    account, service = account_of(access_key), _SERVICES.get(signed_for, signed_for)
    operation = action(request) or _by_path(service, request)
    first, *others = needed_for(f"{service}:{operation}")
    place, given = f"{region}:{account}", _params(request)
    resources = [_of_s3(request)] if service == "s3" else _resources(service, operation, given, place)
    return RequiredAccess(
        access_key,
        account,
        region,
        first,
        _protocol(service, request),
        tuple(resources),
        _context(service, given, place),
        tuple(others),
    )


def account_of(access_key: str) -> str:
    """The ID of the account that an access key belongs to."""
    from moto.iam import models

    return str(models.get_account_id_from(access_key))


def _protocol(service: str, request: RecordedRequest) -> str:
    if service == "ec2":
        return "ec2"
    if service == "s3":
        return "s3"
    if "HTTP_X_AMZ_TARGET" in request.environ or "HTTP_SMITHY_PROTOCOL" in request.environ:
        return "json"
    return "rest-json" if service in _REST else "query"


def _params(request: RecordedRequest) -> Params:
    """The parameters of a JSON or form request; empty if there are none."""
    if "json" in request.environ.get("CONTENT_TYPE", ""):
        try:
            read = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}
    return {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}


def _by_path(service: str, request: RecordedRequest) -> str:
    """The operation of a REST service; if it is unknown, a name that no policy lists."""
    method, path = request.environ["REQUEST_METHOD"], request.environ["PATH_INFO"].rstrip("/")
    asked = parse_qs(request.environ.get("QUERY_STRING", ""), keep_blank_values=True).keys()
    fitting = [
        (-len(query), name)
        for name, verb, pattern, query in _routes(service)
        if verb == method and query <= asked and pattern.fullmatch(path)
    ]
    return min(fitting, default=(0, "UnknownOperation"))[1]


@cache
def _routes(service: str) -> tuple[tuple[str, str, re.Pattern[str], frozenset[str]], ...]:
    """The operations of a service with method, path and required query parameters, from botocore's model."""
    from botocore.session import Session

    if service not in _REST:
        return ()
    model = Session().get_service_model(service)
    return tuple(_route(model.operation_model(name)) for name in model.operation_names)


def _route(operation: Any) -> tuple[str, str, re.Pattern[str], frozenset[str]]:
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = re.sub(
        r"\\\{[^}]+?(\\\+)?\\\}", lambda found: ".+" if found[1] else "[^/]+", re.escape(path.rstrip("/"))
    )
    shape = operation.input_shape
    required = [shape.members[name].serialization for name in shape.required_members] if shape else []
    names = {each["name"] for each in required if each.get("location") == "querystring"}
    return (
        str(operation.name),
        str(operation.http["method"]),
        re.compile(pattern),
        frozenset(names | parse_qs(query, keep_blank_values=True).keys()),
    )


def _of_s3(request: RecordedRequest) -> str:
    """The bucket or object of a request to S3."""
    path = unquote(request.environ["PATH_INFO"]).strip("/")
    return f"arn:aws:s3:::{path or '*'}"


def _context(service: str, given: Params, place: str) -> dict[str, str]:
    return {"ecs:cluster": _cluster(given, place)} if service == "ecs" and "cluster" in given else {}


def _resources(service: str, operation: str, given: Params, place: str) -> Iterator[str]:
    match service:
        case "ecs":
            yield from _of_ecs(operation, given, place)
        case "ecr":
            names = given.get("repositoryNames") or [given.get("repositoryName", "*")]
            alone = operation in {"GetAuthorizationToken", "GetRegistryScanningConfiguration"}
            yield from ["*"] if alone else (f"arn:aws:ecr:{place}:repository/{name}" for name in names)
        case "iam":
            yield _of_iam(given, place.partition(":")[2])
        case "logs":
            group = given.get("logGroupName", given.get("logGroupNamePrefix", ""))
            yield f"arn:aws:logs:{place}:log-group:{group}:log-stream:"


def _cluster(given: Params, place: str) -> str:
    name = str(given.get("cluster") or "default")
    return name if name.startswith("arn:") else f"arn:aws:ecs:{place}:cluster/{name}"


_IN_CLUSTER = {
    "service": ("service", "services", "serviceName"),
    "task": ("task", "tasks"),
    "container-instance": ("containerInstance", "containerInstances"),
}


def _of_ecs(operation: str, given: Params, place: str) -> Iterator[str]:
    """The resources of an ECS operation: clusters, their services, tasks and instances, task definitions."""
    if operation in {"ListTasks", "ListServices"}:
        kind = "container-instance" if operation == "ListTasks" else "service"
        yield f"arn:aws:ecs:{place}:{kind}/{_name(_cluster(given, place))}/*"
    elif operation in {"RunTask", "StartTask"}:
        yield _arn(given.get("taskDefinition"), f"arn:aws:ecs:{place}:task-definition")
    elif found := [
        _arn(each, f"arn:aws:ecs:{place}:{kind}/{_name(_cluster(given, place))}")
        for kind, names in _IN_CLUSTER.items()
        for name in names
        for each in _listed(given.get(name))
    ]:
        yield from found
    else:
        named = _listed(given.get("clusters") or given.get("cluster") or given.get("resourceArn"))
        yield from [_arn(each, f"arn:aws:ecs:{place}:cluster") for each in named] or ["*"]


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


def _arn(name: Any, below: str) -> str:
    return str(name) if str(name).startswith("arn:") else f"{below}/{name}"


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


_OF_IAM = {
    "InstanceProfileName": "instance-profile",
    "RoleName": "role",
    "UserName": "user",
    "GroupName": "group",
}


def _of_iam(given: Params, account: str) -> str:
    """The resources of an IAM operation; a list operation concerns all of them."""
    if "PolicySourceArn" in given:
        return str(given["PolicySourceArn"])
    for name, kind in _OF_IAM.items():
        if name in given:
            return f"arn:aws:iam::{account}:{kind}/{given[name]}"
    return str(given.get("PolicyArn", "*"))
