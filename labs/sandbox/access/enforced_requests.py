"""What a request asks for in IAM's words: whose keys, which action, on which resources.

The resources are those of the service authorization reference for ECS, ECR, IAM, CloudWatch Logs and S3; of other
services it is not worked out which resource is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from labs.sandbox.faults import action
from labs.sandbox.world.journal import Request

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_PREFIXES = {"monitoring": "cloudwatch"}
"""Signing names that are not the prefix of the service's actions in IAM."""

_REST = {"elasticfilesystem": "efs", "lambda": "lambda", "batch": "batch"}
"""botocore's names of services whose requests name their operation by method and path only, by signing name."""

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A signed request as IAM sees it; no `resources` where it is not known which ones are meant."""

    access_key: str
    account: str
    region: str
    action: str
    protocol: str
    resources: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)


def wanted(request: Request) -> Wanted | None:
    """What a request asks for; None where nobody signed it."""
    found = _CREDENTIAL.search(request.environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        return None
    access_key, region, service = found.groups()
    account = _account(access_key)
    if service == "s3":
        name, bucket = _s3(request)
        return Wanted(access_key, account, region, f"s3:{name}", "s3", (f"arn:aws:s3:::{bucket}",))
    operation = action(request) or _by_path(service, request)
    named = f"{_PREFIXES.get(service, service)}:{operation}"
    given = _params(request)
    place = f"{region}:{account}"
    return Wanted(
        access_key,
        account,
        region,
        named,
        _protocol(service, request),
        tuple(_resources(service, operation, given, place)),
        _context(service, given, place),
    )


def _account(access_key: str) -> str:
    from moto.iam import models

    return str(models.get_account_id_from(access_key))


def _protocol(service: str, request: Request) -> str:
    if service == "ec2":
        return "ec2"
    if "HTTP_X_AMZ_TARGET" in request.environ or "HTTP_SMITHY_PROTOCOL" in request.environ:
        return "json"
    return "rest-json" if service in _REST else "query"


def _params(request: Request) -> Params:
    """The parameters of a request in JSON or of a form; empty where there are none."""
    if "json" in request.environ.get("CONTENT_TYPE", ""):
        try:
            read = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}
    return {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}


def _by_path(service: str, request: Request) -> str:
    """The operation of a REST service; a name that no policy lists where it is not known."""
    method, path = request.environ["REQUEST_METHOD"], request.environ["PATH_INFO"].rstrip("/")
    for name, verb, pattern in _routes(_REST.get(service, "")):
        if verb == method and pattern.fullmatch(path):
            return name
    return "UnknownOperation"


@cache
def _routes(service: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Operations with their methods and paths, by botocore's model."""
    from botocore.session import Session

    if not service:
        return ()
    model = Session().get_service_model(service)
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        parts = re.split(r"\{[^}]+\}", http["requestUri"].partition("?")[0].rstrip("/"))
        routes.append((str(name), str(http["method"]), re.compile("[^/]+".join(map(re.escape, parts)))))
    return tuple(routes)


def _s3(request: Request) -> tuple[str, str]:
    """The action of a request to S3, and the bucket or the object that it is about."""
    from moto.s3.responses import ACTION_MAP

    path = unquote(request.environ["PATH_INFO"]).lstrip("/")
    bucket, _, key = path.partition("/")
    if not bucket:
        return "ListAllMyBuckets", "*"
    asked = parse_qs(request.environ.get("QUERY_STRING", ""), keep_blank_values=True)
    actions = ACTION_MAP["KEY" if key else "BUCKET"].get(request.environ["REQUEST_METHOD"], {})
    named = next((name for word, name in actions.items() if word in asked), None)
    found = named or actions.get("DEFAULT", "UnknownOperation")
    return {"HeadBucket": "ListBucket"}.get(found, found), path.rstrip("/") if key else bucket


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
    """What an operation of ECS is about: services, tasks and instances of a cluster, clusters, task definitions."""
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
    """What an operation of IAM is about; lists of roles and the like are about all of them."""
    if "PolicySourceArn" in given:
        return str(given["PolicySourceArn"])
    for name, kind in _OF_IAM.items():
        if name in given:
            return f"arn:aws:iam::{account}:{kind}/{given[name]}"
    return str(given.get("PolicyArn", "*"))
