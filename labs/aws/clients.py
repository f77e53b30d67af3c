"""Clients shared by all runs and accounts: one for each service, Region and endpoint.

A client costs 20 to 60 ms and 4 MB, too much for a client per account in a workshop. The account of a request is
decided when the request is signed: every client has `ContextCredentials`, which return the keys of the request
scope that the call belongs to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from labs.aws.botocore_internals import can_replace_file_loader, share_tls_context, wrap_http_session
from labs.aws.deadline import Deadline
from labs.aws.rate_limit import THROTTLED
from labs.aws.request_scope import current_context

CONNECT_SECONDS = 4
READ_SECONDS = 12
TRIES = 3
CONNECTIONS = 32
"""Open connections that a client keeps to one host."""


class ContextCredentials:
    """The credentials of every shared client: at each signature, the keys of the current check context."""

    method = "current_context"

    def get_frozen_credentials(self) -> Any:
        """The keys of the current check. Raises the error why there are none, or NoCredentialsError."""
        from botocore.exceptions import NoCredentialsError

        who = current_context()
        keys = who.scope.keys if who else None
        if isinstance(keys, Exception):
            raise keys
        if keys is None:
            raise NoCredentialsError
        return keys

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """A function that returns this property of the current check's credentials."""
        return lambda: getattr(self.get_frozen_credentials(), name)

    def load_credentials(self) -> ContextCredentials:
        """Returns itself, so that it also serves as a session's credential provider."""
        return self


_NO_PROFILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""botocore's settings (name in files, variable, default, conversion) for a session that reads no files of the user."""


def session_of(profile: str | None = None, *, ignores_profiles: bool = False) -> Any:
    """A guarded session with this profile, or with that of AWS_PROFILE. With `ignores_profiles`, reads no files."""
    from botocore.session import get_session

    from labs.aws.read_only_guard import read_only_guard

    with read_only_guard():  # guards the session from the beginning and for ever
        session = get_session(_NO_PROFILES if ignores_profiles else None)
    if profile:
        session.set_config_variable("profile", profile)
    return session


class SharedClients:
    """Creates and caches clients. Clients are thread-safe; creating one is not, so a lock guards it."""

    def __init__(self, open_session: Callable[[], Any] = session_of, connections: int = CONNECTIONS) -> None:
        """`open_session` gives the botocore session of the first client, whose credentials and loader are replaced."""
        self._open_session = open_session
        self._connections = connections
        self._session: Any = None
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str, endpoint: str | None) -> Any:
        """The client of a service in a Region, at this endpoint or at AWS's own."""
        key = service, region, endpoint
        if key not in self._clients:
            with self._lock:
                if key not in self._clients:
                    self._clients[key] = self._make(service, region, endpoint)
        return self._clients[key]

    def _make(self, service: str, region: str, endpoint: str | None) -> Any:
        from botocore.config import Config

        if self._session is None:
            self._session = _prepared(self._open_session())
        limits = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            max_pool_connections=self._connections,
            user_agent=_user_agent(),
            proxies={} if _is_loopback(endpoint) else None,
        )
        client = self._session.create_client(
            service, region_name=region, endpoint_url=endpoint, config=limits
        )
        share_tls_context(client)
        wrap_http_session(client, Deadline)
        return client


def _is_loopback(endpoint: str | None) -> bool:
    """Whether an endpoint is on this machine, as a sandbox is: no proxy reaches it."""
    host = urlsplit(endpoint or "").hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _user_agent() -> str:
    """The user agent, which CloudTrail shows. A fixed string is faster: botocore assembles its own for each call."""
    from botocore import __version__ as botocore

    from labs import __version__

    return f"cardlabs/{__version__} Botocore/{botocore}"


def _prepared(session: Any) -> Any:
    """The session, guarded, with the cache of answers, the fast loader, and the credentials of each check."""
    from labs.aws.read_only_guard import guard
    from labs.aws.response_cache import remember

    guard(session)
    if can_replace_file_loader():
        from labs.aws.model_loader import use_fast_loader

        use_fast_loader(session)
    session.register("creating-client-class", remember)
    session.register_component("credential_provider", ContextCredentials())
    # After the guard's handlers, which answer repeated questions: only requests that are sent count for the rate.
    session.register("before-call", _acquire_turn)
    session.register("after-call", _release_turn)
    session.register("after-call-error", _release_turn)
    return session


def _acquire_turn(model: Any, context: dict[str, Any], **_: Any) -> None:
    who = current_context()
    limiter = who.scope.limiter if who else None
    if who and limiter is not None:
        call = model.service_model.service_name, model.name, context["client_region"]
        before = who.scope.limits.clock()
        limiter.enter(*call)
        who.give_back(who.scope.limits.clock() - before)
        context["cardlabs_turn"] = limiter, call


def _release_turn(context: dict[str, Any], parsed: dict[str, Any] | None = None, **_: Any) -> None:
    limiter, call = context.pop("cardlabs_turn", (None, None))
    if limiter is not None:
        limiter.leave()
        if parsed and parsed.get("Error", {}).get("Code") in THROTTLED:
            limiter.throttled(*call)
