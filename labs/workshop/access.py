"""Opens a session in the account of each seat, by ambient credentials, a profile or an assumed role.

Keys are never written to disk. Those of a role are kept in memory until five minutes before they expire.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from msgspec import structs

from labs.aws.clients import SharedClients
from labs.aws.faults import reason
from labs.aws.limits import RunLimits
from labs.aws.rate_limit import RateLimiters
from labs.aws.request_scope import CheckContext, RequestScope, check_context
from labs.aws.session import SANDBOX_HEADER, AwsSession, ConnectionOptions, Identity, open_session
from labs.errors import LabsError, SeatRefused
from labs.workshop.roster import Seat

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

ASSUME_ROLE = frozenset({"sts:AssumeRole"})
SESSION_NAME = "labs-workshop"
"""The session name of the instructor's checks in the learners' CloudTrail."""
EXPIRY_MARGIN = timedelta(minutes=5)
SESSION_MAX_AGE = timedelta(minutes=5)
"""The time after which credentials without an expiration are read again."""


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """The source of a seat's credentials, and the region and endpoint to use them with."""

    profile: str | None
    role_arn: str | None
    external_id: str | None
    region: str | None
    endpoint_url: str | None


@dataclass(frozen=True, slots=True)
class SeatCredentials:
    """Credentials until they expire, with their identity, region and endpoint."""

    keys: Any
    identity: Identity
    region: str
    endpoint: str | None
    where: ConnectionOptions
    clients: SharedClients
    expires: datetime


class Access:
    """Opens accounts from many threads. Credentials of one source are fetched once; the other threads wait for them.

    Roles are assumed with the session policy `policy`, so that AWS itself refuses everything that the labs do not read.
    At most `max_kept` credentials are cached: all seats if rounds repeat, fewer for a single round.
    """

    def __init__(
        self,
        ambient: ConnectionOptions,
        clients: SharedClients,
        limiters: RateLimiters,
        *,
        policy: str,
        max_kept: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ambient = ambient
        self._clients = clients
        self._limiters = limiters
        self._policy = policy
        self._clock = clock
        self._credentials = _SingleFlight[CredentialSource, SeatCredentials](
            lambda found: clock() < found.expires, max_kept
        )
        self._sessions = _SingleFlight[CredentialSource, CachedSession](
            lambda found: clock() < found.expires, max_kept
        )

    def open(self, seat: Seat) -> tuple[AwsSession, int]:
        """A session in this seat's account, and the number of requests that it took to open it. Raises SeatRefused."""
        if seat.fault:
            raise SeatRefused(seat.fault)
        credentials, spent = self._credentials_of(_credential_source(seat))
        if seat.account and credentials.identity.account != seat.account:
            message = (
                f"these credentials belong to account {credentials.identity.account}, not to {seat.account}"
            )
            raise SeatRefused(f"{message}: nothing was checked", requests=spent)
        return self._session(credentials), spent

    def assume_now(self, seat: Seat) -> str:
        """Assumes a seat's role now, without the cache, and returns its account ID. Raises SeatRefused."""
        if seat.fault:
            raise SeatRefused(seat.fault)
        credentials, _ = self._assume(_credential_source(seat))
        return credentials.identity.account

    def _session(self, credentials: SeatCredentials) -> AwsSession:
        known: Future[Identity] = Future()
        known.set_result(credentials.identity)
        limiter = self._limiters.of(credentials.identity.account)
        scope = RequestScope(credentials.keys, RunLimits(self._ambient.seconds), limiter)
        return AwsSession(
            credentials.where,
            credentials.region,
            credentials.endpoint,
            scope,
            credentials.clients,
            _identity=known,
        )

    def _credentials_of(self, source: CredentialSource) -> tuple[SeatCredentials, int]:
        """The source's credentials, and the number of requests made for them now."""
        spent: list[int] = []

        def obtain() -> SeatCredentials:
            credentials, requests = self._assume(source) if source.role_arn else self._identify(source)
            spent.append(requests)
            return credentials

        return self._credentials.get(source, obtain), sum(spent)

    def _identify(self, source: CredentialSource) -> tuple[SeatCredentials, int]:
        """Ambient credentials, or those of a profile, with the identity that STS returns."""
        session = self._base(source)
        session.identify()
        if fault := session.fault():
            raise _refused(fault, session.scope.requests) from fault
        identity = Identity(
            session.account_id(), session.target().arn or "", session.target().kind == "sandbox"
        )
        expires = self._clock() + SESSION_MAX_AGE
        credentials = SeatCredentials(
            session.scope.keys,
            identity,
            session.region,
            session.endpoint,
            session.where,
            session.clients,
            expires,
        )
        return credentials, session.scope.requests

    def _assume(self, source: CredentialSource) -> tuple[SeatCredentials, int]:
        """A role in the learner's account; the response of AssumeRole contains the identity."""
        base = self._base(replace(source, role_arn=None, external_id=None))
        given = {"ExternalId": source.external_id} if source.external_id else {}
        try:
            with check_context(CheckContext(base.scope, ASSUME_ROLE)):
                sts = base.client("sts", base.region)
                answer = sts.assume_role(
                    RoleArn=source.role_arn, RoleSessionName=SESSION_NAME, Policy=self._policy, **given
                )
            return _from_answer(answer, base), base.scope.requests
        except Exception as error:  # any error is the reason why this seat cannot be checked
            why = reason(error, ASSUME_ROLE)
            message = f"role {source.role_arn} cannot be assumed: {why.text}"
            raise SeatRefused(message, why.action, base.scope.requests) from error

    def _base(self, source: CredentialSource) -> AwsSession:
        """A session with credentials of this machine and a request scope of its own. Raises SeatRefused."""
        opened = self._sessions.get(
            source, lambda: CachedSession(self._open(source), self._clock() + SESSION_MAX_AGE)
        )
        session = opened.session.again()
        session.scope.limiter = self._limiters.of("")
        return session

    def _open(self, source: CredentialSource) -> AwsSession:
        """The credentials as `labs check` finds them. Raises SeatRefused."""
        ambient = self._ambient
        own = source.endpoint_url or source.profile
        where = ConnectionOptions(
            source.profile,
            source.region or ambient.region,
            source.endpoint_url or ambient.endpoint_url,
            environment=None if own else ambient.environment,
            maps=ambient.maps,
            seconds=ambient.seconds,
        )
        try:
            session = open_session(where, self._clients)
        except LabsError as error:
            raise SeatRefused(str(error)) from error
        if source.profile and session.endpoint and session.clients is self._clients:
            session.where = structs.replace(
                where, endpoint_url=session.endpoint
            )  # the shared session knows no profile
        if isinstance(session.scope.keys, Exception):
            raise _refused(session.scope.keys) from session.scope.keys
        return session


def _refused(fault: BaseException, requests: int = 0) -> SeatRefused:
    why = reason(fault)
    return SeatRefused(why.text, why.action, requests)


@dataclass(frozen=True, slots=True)
class CachedSession:
    """A session with credentials of this machine, until they have to be read again."""

    session: AwsSession
    expires: datetime


class _SingleFlight(Generic[Key, Value]):
    """A cache of the latest values; a missing or stale value is fetched by one thread, and the others wait for it."""

    def __init__(self, fresh: Callable[[Value], bool], max_kept: int) -> None:
        self._fresh = fresh
        self._max_kept = max_kept
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._flights: dict[Key, Future[Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, fetch: Callable[[], Value]) -> Value:
        """The value, cached or fetched now. Raises the error of `fetch` in every thread that waited for it."""
        with self._lock:
            if key in self._values and self._fresh(self._values[key]):
                self._values.move_to_end(key)
                return self._values[key]
            flying = self._flights.get(key)
            mine: Future[Value] = Future()
            if flying is None:
                self._flights[key] = mine
        return self._fetch(key, mine, fetch) if flying is None else flying.result()

    def _fetch(self, key: Key, flight: Future[Value], fetch: Callable[[], Value]) -> Value:
        try:
            value = fetch()
        except BaseException as error:
            flight.set_exception(error)
            raise
        else:
            flight.set_result(value)
            with self._lock:
                self._values[key] = value
                while len(self._values) > self._max_kept:
                    self._values.popitem(last=False)
            return value
        finally:
            with self._lock:
                del self._flights[key]


def _credential_source(seat: Seat) -> CredentialSource:
    return CredentialSource(seat.profile, seat.role_arn, seat.external_id, seat.region, seat.endpoint_url)


def _from_answer(answer: Any, base: AwsSession) -> SeatCredentials:
    """The credentials in a response of AssumeRole."""
    from botocore.credentials import Credentials

    arn, given = answer["AssumedRoleUser"]["Arn"], answer["Credentials"]
    inside = SANDBOX_HEADER in answer["ResponseMetadata"].get("HTTPHeaders", {})
    keys = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    identity = Identity(arn.split(":")[4], arn, inside)
    expires = given["Expiration"].astimezone(UTC) - EXPIRY_MARGIN
    return SeatCredentials(
        keys.get_frozen_credentials(), identity, base.region, base.endpoint, base.where, base.clients, expires
    )
