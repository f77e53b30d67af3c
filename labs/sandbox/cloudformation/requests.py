"""Calls the sandbox's own API, in this process, with properties of a template, on behalf of the stack's creator."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from labs.errors import ApiRefused, NotReady, ResourceFailed, Unsupported
from labs.sandbox.access.enforcement import refusal
from labs.sandbox.cloudformation.texts import is_true, text_of
from labs.sandbox.world.journal import RecordedRequest

log = logging.getLogger("labs.sandbox")

Doc = dict[str, Any]
Renamed = Mapping[str, str]
"""Properties that have another name in the request; all others differ in case at most."""


def shaped(value: Any, shape: Any, renamed: Renamed, path: str, *, strict: bool = True) -> Any:
    """A property of a template as a member of a request, with the type in botocore's model.

    Raises Unsupported for a property without such a member; with `strict=False`, it is left out instead.
    """
    kind = shape.type_name
    if kind == "structure":
        return _structure(value, shape, renamed, path, strict=strict)
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        return [shaped(item, shape.member, renamed, path, strict=strict) for item in items]
    if kind == "map":
        if not isinstance(value, dict):
            raise ResourceFailed(f"Value of property {path} must be an object")
        return {
            str(key): shaped(item, shape.value, renamed, path, strict=strict) for key, item in value.items()
        }
    try:
        return _scalar(value, kind)
    except ValueError:
        raise ResourceFailed(
            f"Properties validation failed: [#/{path}: expected type: {kind}, found: {value!r}]"
        ) from None


def _structure(value: Any, shape: Any, renamed: Renamed, path: str, *, strict: bool) -> Doc:
    if not isinstance(value, dict):
        raise ResourceFailed(f"Value of property {path} must be an object")
    members = {name.lower(): name for name in shape.members}
    made: Doc = {}
    for key, item in value.items():
        name = members.get(renamed.get(key, key).lower())
        inside = f"{path}/{key}" if path else key
        if name is not None:
            made[name] = shaped(item, shape.members[name], renamed, inside, strict=strict)
        elif strict:
            raise Unsupported(f"The sandbox does not support the property {inside}")
    return made


def _scalar(value: Any, kind: str) -> Any:
    if kind in {"integer", "long"}:
        return int(str(value))
    if kind in {"float", "double"}:
        return float(value)
    if kind == "boolean":
        if str(value).lower() not in {"true", "false"}:
            raise ValueError(value)
        return is_true(value)
    return text_of(value)


@cache
def client_of(service: str, region: str) -> Any:
    """A client whose requests moto answers in this process; `_send` adds the caller to each."""
    import boto3
    from botocore.config import Config

    config: Any = Config(ignore_configured_endpoint_urls=True, retries={"total_max_attempts": 1})  # type: ignore[call-arg] # not in the stubs
    make: Any = boto3.client
    client = make(
        service,
        region_name=region,
        aws_access_key_id="stack",
        aws_secret_access_key="stack",  # noqa: S106 - no secret: nothing leaves the process
        config=config,
    )
    client.meta.events.register_first("before-send", _send)
    return client


_callers: list[Api] = []
"""The current callers, the innermost last. Calls are made one at a time, under the world's lock."""


def _send(request: Any, **_: Any) -> Any:
    from moto.core.botocore_stubber import BotocoreStubber
    from moto.core.models import botocore_stubber

    caller = _callers[-1]
    signed = _text(request.headers["Authorization"])
    request.headers["Authorization"] = signed.replace("Credential=stack/", f"Credential={caller.access_key}/")
    if caller.enforced:
        _require_permission(request)
    if botocore_stubber.enabled:  # as in tests, where moto answers every client: it does so behind this
        return None
    stub = BotocoreStubber()
    stub.enabled = True
    return stub("before-send", request)


def _require_permission(request: Any) -> None:
    """Raises ResourceFailed if the stack's creator is not allowed to make the request."""
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": _text(value) for name, value in request.headers.items()
    }
    _, _, rest = request.url.partition("://")
    host, _, path = rest.partition("/")
    path, _, query = path.partition("?")
    environ = {
        **headers,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/{path}",
        "QUERY_STRING": query,
        "REQUEST_URI": f"/{path}",
        "HTTP_HOST": host,
        "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
    }
    body = request.body or b""
    answer = refusal(RecordedRequest(environ, body.encode() if isinstance(body, str) else bytes(body)))
    if answer is not None:
        text = answer.body.decode("utf-8", "replace")
        found = re.search(r"User: .*?action|User: [^<\"]+", text)
        raise ResourceFailed(found[0] if found else text)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@dataclass(frozen=True)
class Api:
    """The API of one Region, called with one access key."""

    access_key: str
    account: str
    region: str
    enforced: bool = False

    def __call__(
        self,
        service: str,
        operation: str,
        properties: Doc,
        renamed: Renamed | None = None,
        *,
        strict: bool = True,
    ) -> Doc:
        """The response to one call. Raises ResourceFailed if it is refused."""
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        client = client_of(service, self.region)
        shape = client.meta.service_model.operation_model(operation).input_shape
        parameters = shaped(properties, shape, renamed or {}, "", strict=strict) if shape else {}
        _callers.append(self)
        try:
            answer: Doc = getattr(client, xform_name(operation))(**parameters)
        except ClientError as error:
            raise ApiRefused(error.response["Error"]["Code"], _sentence(error)) from error
        except (ResourceFailed, NotReady):
            raise
        except BotoCoreError as error:
            raise ResourceFailed(str(error)) from error
        except Exception as error:
            log.exception("CloudFormation: %s %s", service, operation)
            raise ResourceFailed(f"The sandbox broke down: {type(error).__name__}: {error}") from error
        finally:
            _callers.pop()
        return answer

    def accepts(self, service: str, operation: str, properties: Doc, renamed: Renamed) -> bool:
        """Whether an operation has members for these properties and everything in them."""
        shape = client_of(service, self.region).meta.service_model.operation_model(operation).input_shape
        try:
            shaped(properties, shape, renamed, "")
        except Unsupported:
            return False
        return True


def _sentence(error: Any) -> str:
    """The reason as stacks show it: the message, then operation, status code and error code in parentheses."""
    answer = error.response["Error"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    where = f"Operation: {error.operation_name}, Status Code: {status}, Error Code: {answer['Code']}"
    return f"{answer.get('Message', '')} ({where})"
