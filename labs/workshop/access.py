"""Opens the accounts of seats: ambient credentials, profiles, roles to assume; says of each why it cannot be opened.

Nothing is written down: a role's keys live in this process until five minutes before they expire.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from labs.aws.clients import SharedClients
from labs.aws.faults import reason
from labs.aws.rate_limit import RateLimiters
from labs.aws.request_scope import CheckContext, RequestScope, check_context
from labs.aws.session import SANDBOX_HEADER, AwsSession, ConnectionOptions, Identity, open_session
from labs.errors import LabsError, SeatRefused
from labs.workshop.roster import Seat

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

ASSUME_ROLE = frozenset({"sts:AssumeRole"})
SESSION_NAME = "labs-workshop"
"""How the instructor's looks are called in the learners' CloudTrail."""
BEFORE_EXPIRY = timedelta(minutes=5)
GOOD_FOR = timedelta(minutes=5)
"""How long credentials are used that do not say when they expire; then they are looked up again."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a seat's credentials come from, and where they are used."""

    profile: str | None
    role_arn: str | None
    external_id: str | None
    region: str | None
    endpoint_url: str | None


@dataclass(frozen=True, slots=True)
class AssumedCredentials:
    """What opens an account until it expires: its keys, whose they are, the region and the endpoint."""

    keys: Any
    who: Identity
    region: str
    endpoint: str | None
    where: ConnectionOptions
    clients: SharedClients
    expires: datetime


class Access:
    """Opens accounts for many threads at once; each way in is asked for by one of them, the others wait for it.

    `kept` passports are remembered: as many as there are seats where rounds repeat, a few where there is only one.
    """

    def __init__(
        self,
        ambient: ConnectionOptions,
        clients: SharedClients,
        paces: RateLimiters,
        *,
        kept: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ambient = ambient
        self._clients = clients
        self._paces = paces
        self._clock = clock
        self._passports = _SingleFlight[Source, AssumedCredentials](
            lambda found: clock() < found.expires, kept
        )
        self._opened = _SingleFlight[Source, Opened](lambda found: clock() < found.expires, kept)

    def open(self, seat: Seat) -> tuple[AwsSession, int]:
        """A look into this seat's account, and the requests that it took to open it. Raises SeatRefused."""
        if seat.fault:
            raise SeatRefused(seat.fault)
        passport, spent = self._passport(_source(seat))
        if seat.account and passport.who.account != seat.account:
            told = f"these credentials belong to account {passport.who.account}, not to {seat.account}"
            raise SeatRefused(f"{told}: nothing was looked at", requests=spent)
        return self._look(passport), spent

    def _look(self, passport: AssumedCredentials) -> AwsSession:
        known: Future[Identity] = Future()
        known.set_result(passport.who)
        visit = RequestScope(passport.keys, self._paces.of(passport.who.account))
        return AwsSession(
            passport.where, passport.region, passport.endpoint, visit, passport.clients, _identity=known
        )

    def _passport(self, source: Source) -> tuple[AssumedCredentials, int]:
        """The source's passport, and the requests that were made for it now."""
        spent: list[int] = []

        def obtain() -> AssumedCredentials:
            passport, requests = self._assume(source) if source.role_arn else self._identify(source)
            spent.append(requests)
            return passport

        return self._passports.get(source, obtain), sum(spent)

    def _identify(self, source: Source) -> tuple[AssumedCredentials, int]:
        """Ambient credentials, or those of a profile: AWS says whose they are."""
        look = self._base(source)
        look.identify()
        if fault := look.fault():
            raise _refused(fault, look.visit.requests) from fault
        who = Identity(look.account_id(), look.target().arn or "", look.target().kind == "sandbox")
        expires = self._clock() + GOOD_FOR
        passport = AssumedCredentials(
            look.visit.keys, who, look.region, look.endpoint, look.where, look.clients, expires
        )
        return passport, look.visit.requests

    def _assume(self, source: Source) -> tuple[AssumedCredentials, int]:
        """A role in the learner's account; the answer says whose it is, so nobody needs to be asked that."""
        base = self._base(replace(source, role_arn=None, external_id=None))
        given = {"ExternalId": source.external_id} if source.external_id else {}
        try:
            with check_context(CheckContext(base.visit, ASSUME_ROLE)):
                sts = base.client("sts", base.region)
                answer = sts.assume_role(RoleArn=source.role_arn, RoleSessionName=SESSION_NAME, **given)
            return _passport(answer, base), base.visit.requests
        except Exception as error:  # whatever stands in the way is this seat's reason
            why = reason(error, ASSUME_ROLE)
            message = f"role {source.role_arn} cannot be assumed: {why.text}"
            raise SeatRefused(message, why.action, base.visit.requests) from error

    def _base(self, source: Source) -> AwsSession:
        """A look with the credentials that this machine has, and a visit of its own. Raises SeatRefused."""
        opened = self._opened.get(source, lambda: Opened(self._open(source), self._clock() + GOOD_FOR))
        look = opened.look.again()
        look.visit.pace = self._paces.of("")
        return look

    def _open(self, source: Source) -> AwsSession:
        """The credentials as `labs check` finds them. Raises SeatRefused."""
        ambient = self._ambient
        own = source.endpoint_url or source.profile
        where = ConnectionOptions(
            source.profile,
            source.region or ambient.region,
            source.endpoint_url or ambient.endpoint_url,
            environment=None if own else ambient.environment,
            maps=ambient.maps,
        )
        try:
            look = open_session(where, self._clients)
        except LabsError as error:
            raise SeatRefused(str(error)) from error
        if source.profile and look.endpoint and look.clients is self._clients:
            look.where = replace(where, endpoint_url=look.endpoint)  # the shared session knows no profile
        if isinstance(look.visit.keys, Exception):
            raise _refused(look.visit.keys) from look.visit.keys
        return look


def _refused(fault: BaseException, requests: int = 0) -> SeatRefused:
    why = reason(fault)
    return SeatRefused(why.text, why.action, requests)


@dataclass(frozen=True, slots=True)
class Opened:
    """A look with credentials of this machine, until they should be looked up again."""

    look: AwsSession
    expires: datetime


class _SingleFlight(Generic[Key, Value]):
    """Remembers the latest values while they are fresh; what is missing is fetched once, however many ask."""

    def __init__(self, fresh: Callable[[Value], bool], kept: int) -> None:
        self._fresh = fresh
        self._kept = kept
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._flights: dict[Key, Future[Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, fetch: Callable[[], Value]) -> Value:
        """The value, from memory or fetched now. Raises what `fetch` raises, to all who waited for it."""
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
                while len(self._values) > self._kept:
                    self._values.popitem(last=False)
            return value
        finally:
            with self._lock:
                del self._flights[key]


def _source(seat: Seat) -> Source:
    return Source(seat.profile, seat.role_arn, seat.external_id, seat.region, seat.endpoint_url)


def _passport(answer: Any, base: AwsSession) -> AssumedCredentials:
    """What an answer to AssumeRole opens, as long as it lasts."""
    from botocore.credentials import Credentials

    arn, given = answer["AssumedRoleUser"]["Arn"], answer["Credentials"]
    inside = SANDBOX_HEADER in answer["ResponseMetadata"].get("HTTPHeaders", {})
    keys = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    who = Identity(arn.split(":")[4], arn, inside)
    expires = given["Expiration"].astimezone(UTC) - BEFORE_EXPIRY
    return AssumedCredentials(
        keys.get_frozen_credentials(), who, base.region, base.endpoint, base.where, base.clients, expires
    )
