"""Clients that all runs share: one for each service, region and endpoint, whoever's keys they sign with.

A client costs 20 to 60 ms and 4 MB, so a workshop cannot afford some for each account. Whose account a request is
for is decided when it is signed: `ContextCredentials` stands for the credentials of every client, and hands
out those of the request scope that the call belongs to.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

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
    """The credentials of every shared client: at each signature, the keys of the current context."""

    method = "current_context"

    def get_frozen_credentials(self) -> Any:
        """The credentials of the present check. Raises why there are none, where it is known."""
        from botocore.exceptions import NoCredentialsError

        who = current_context()
        keys = who.scope.keys if who else None
        if isinstance(keys, Exception):
            raise keys
        if keys is None:
            raise NoCredentialsError
        return keys

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """A property of the present check's credentials, looked up when an endpoint needs it."""
        return lambda: getattr(self.get_frozen_credentials(), name)

    def load_credentials(self) -> ContextCredentials:
        """Itself: so it can be a session's provider of credentials too."""
        return self


class SharedClients:
    """Makes clients and keeps them. Clients may be used by many threads; sessions make them one at a time."""

    def __init__(
        self, profile: str | None = None, connections: int = CONNECTIONS, *, ignores_profiles: bool = False
    ) -> None:
        self._profile = profile
        self._ignores_profiles = ignores_profiles
        self._connections = connections
        self._session: Any = None
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str, endpoint: str | None) -> Any:
        """The client of a service in a region, at AWS's endpoint or at another."""
        key = service, region, endpoint
        if key not in self._clients:
            with self._lock:
                if key not in self._clients:
                    self._clients[key] = self._make(service, region, endpoint)
        return self._clients[key]

    def _make(self, service: str, region: str, endpoint: str | None) -> Any:
        from botocore.config import Config

        if self._session is None:
            self._session = _session_of_askers(self._profile, self._ignores_profiles)
        limits = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            max_pool_connections=self._connections,
            user_agent=_user_agent(),
        )
        client = self._session.create_client(
            service, region_name=region, endpoint_url=endpoint, config=limits
        )
        share_tls_context(client)
        wrap_http_session(client, Deadline)
        return client


def _user_agent() -> str:
    """Who asks, as CloudTrail shows it. A fixed one: botocore puts its own together again for each call."""
    from botocore import __version__ as botocore

    from labs import __version__

    return f"cardlabs/{__version__} Botocore/{botocore}"


def session_of(profile: str | None, *, ignores_profiles: bool = False) -> Any:
    """A session of botocore with this profile, or with that of AWS_PROFILE, unless it ignores that."""
    from botocore.session import get_session

    session = get_session({"profile": (None, None, None, None)} if ignores_profiles else None)
    if profile:
        session.set_config_variable("profile", profile)
    return session


def _session_of_askers(profile: str | None, ignores_profiles: bool) -> Any:
    from labs.aws.read_only_guard import guard
    from labs.aws.response_cache import remember

    session = session_of(profile, ignores_profiles=ignores_profiles)
    guard(session)
    if can_replace_file_loader():
        from labs.aws.models import read_plainly

        read_plainly(session)
    session.register("creating-client-class", remember)
    session.register_component("credential_provider", ContextCredentials())
    # After the guard's, which answers by itself what was asked before: only what leaves takes its turn.
    session.register("before-call", _enter)
    session.register("after-call", _leave)
    session.register("after-call-error", _leave)
    return session


def _enter(model: Any, context: dict[str, Any], **_: Any) -> None:
    who = current_context()
    limiter = who.scope.limiter if who else None
    if who and limiter is not None:
        call = model.service_model.service_name, model.name, context["client_region"]
        before = who.scope.limits.clock()
        limiter.enter(*call)
        who.give_back(who.scope.limits.clock() - before)
        context["cardlabs_turn"] = limiter, call


def _leave(context: dict[str, Any], parsed: dict[str, Any] | None = None, **_: Any) -> None:
    limiter, call = context.pop("cardlabs_turn", (None, None))
    if limiter is not None:
        limiter.leave()
        if parsed and parsed.get("Error", {}).get("Code") in THROTTLED:
            limiter.throttled(*call)
