"""Every use of private parts of botocore, urllib3 and http.client, each with a fallback to the public behaviour.

If a newer version lacks a part, the feature that uses it is lost and a warning says so once. Verdicts stay right.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable
from functools import cache
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssl import SSLContext

log = logging.getLogger(__name__)

Handler = tuple[str, Callable[..., Any]]


@cache
def _warn(part: str, lost: str) -> None:
    """Logs a missing part once, and what is lost without it."""
    log.warning("this version of botocore has no %s: %s", part, lost)


def wrap_http_session(client: Any, wrap: Callable[[Any], Any]) -> None:
    """Wraps the HTTP session of a client. Fallback: no limit for a whole answer."""
    try:
        client._endpoint.http_session = wrap(client._endpoint.http_session)
    except AttributeError:
        _warn("client._endpoint.http_session", "an answer that trickles in is not given up")


def share_tls_context(client: Any) -> None:
    """Makes clients with the same trusted roots share a TLS context. Fallback: each connection reads the roots again.

    urllib3 reads them on each connect (its issue 3623), which takes 20 to 40 ms of CPU. Clients with a certificate of
    their own and connections to proxies keep separate contexts.
    """
    try:
        session = client._endpoint.http_session
        if session._cert_file is None:
            session._manager.connection_pool_kw["ssl_context"] = _tls_context(session._verify)
    except AttributeError:
        _warn("http_session._manager.connection_pool_kw", "each connection reads the trusted roots again")


@cache
def _tls_context(verify: bool | str | None) -> SSLContext:  # noqa: ARG001 - one context for each answer to this
    """The shared context for this `verify` setting; reads each file of roots once."""
    from botocore.httpsession import create_urllib3_context

    context: SSLContext = create_urllib3_context()
    context.load_verify_locations = cache(context.load_verify_locations)  # type: ignore[assignment] # the same, once
    return context


def set_response_class(session: Any, response_class: type[HTTPResponse]) -> None:
    """Makes an HTTP session of botocore read answers with this class. Fallback: http.client.HTTPResponse."""
    try:
        pools = _pools(response_class)
        session._manager.pool_classes_by_scheme = pools
        session._pool_classes_by_scheme = pools  # for managers of proxies, which are made later
    except AttributeError:
        _warn("session._manager.pool_classes_by_scheme", "an answer that trickles in is not given up")


@cache
def _pools(response_class: type[HTTPResponse]) -> dict[str, type]:
    """Botocore's connection pools by scheme, with this response class."""
    from botocore import awsrequest

    def pool(kind: Any, connection: Any) -> type:
        own = type(connection.__name__, (connection,), {"response_class": response_class})
        return type(kind.__name__, (kind,), {"ConnectionCls": own})

    return {
        "http": pool(awsrequest.AWSHTTPConnectionPool, awsrequest.AWSHTTPConnection),
        "https": pool(awsrequest.AWSHTTPSConnectionPool, awsrequest.AWSHTTPSConnection),
    }


def wrap_body(response: Any, wrap: Callable[[Any], io.RawIOBase]) -> None:
    """Wraps the raw stream that an HTTPResponse reads from. Fallback: it stays unwrapped."""
    try:
        response.fp = io.BufferedReader(wrap(response.fp.detach()))
    except AttributeError:
        _warn("HTTPResponse.fp", "an answer that trickles in is not given up")


def bytes_missing(answer: Any) -> int:
    """The number of bytes that an answer is shorter than its Content-Length; 0 if urllib3 does not know."""
    try:
        return answer.raw.length_remaining or 0
    except AttributeError:
        _warn("length_remaining", "only the parser notices an answer that is cut off")
        return 0


def builtin_handlers() -> list[Handler] | None:
    """The handlers that botocore registers on every new session; None if this version has no such list."""
    from botocore import handlers

    found: list[Handler] | None = getattr(handlers, "BUILTIN_HANDLERS", None)
    if found is None:
        _warn("handlers.BUILTIN_HANDLERS", "sessions that a pack makes for itself are not guarded")
    return found


def last_methods() -> dict[str, tuple[Any, str]]:
    """The methods that send a request or presign a URL, by purpose: the class and the name of the method."""
    from botocore.httpsession import URLLib3Session
    from botocore.signers import RequestSigner, S3PostPresigner

    wanted = {
        "send": (URLLib3Session, "send"),
        "presigned address": (RequestSigner, "generate_presigned_url"),
        "presigned form": (S3PostPresigner, "generate_presigned_post"),
    }
    for owner, name in wanted.values():
        if not hasattr(owner, name):
            _warn(f"{owner.__name__}.{name}", "requests are looked at once only, before they are signed")
    return {what: (owner, name) for what, (owner, name) in wanted.items() if hasattr(owner, name)}


def forget_default_session() -> None:
    """Drops boto3's default session, so that `boto3.client` creates a new one."""
    boto3 = sys.modules.get("boto3")
    if boto3 is not None and hasattr(boto3, "DEFAULT_SESSION"):
        boto3.DEFAULT_SESSION = None  # type: ignore[attr-defined] # a module as sys.modules has it


def protocol(service_model: Any) -> str:
    """The protocol of a service. Fallback: the one in the metadata of its model."""
    try:
        found: str = service_model.resolved_protocol
    except AttributeError:
        _warn("resolved_protocol", "a service's protocol is read from its metadata")
        found = service_model.metadata["protocol"]
    return found


def can_cache_calls() -> bool:
    """Whether all calls of a client pass through `_make_api_call`. Fallback: no caching."""
    from botocore.client import BaseClient

    found = hasattr(BaseClient, "_make_api_call")
    if not found:
        _warn("BaseClient._make_api_call", "no answer is kept ahead of botocore")
    return found


def answer_calls(answer: Callable[[Any, str, dict[str, Any]], Any]) -> None:
    """Replaces the method with which all clients of this process make calls. Fallback: the calls fail."""
    from botocore.client import BaseClient

    if can_cache_calls():
        BaseClient._make_api_call = answer  # type: ignore[attr-defined] # botocore's stubs know its public methods only


def can_replace_file_loader() -> bool:
    """Whether the class that reads model files can be replaced. Fallback: botocore's own class."""
    from botocore import loaders

    found = hasattr(loaders, "JSONFileLoader") and hasattr(loaders.Loader, "FILE_LOADER_CLASS")
    if not found:
        _warn("loaders.JSONFileLoader", "making a client takes longer")
    return found
