"""Opens an account for reading: credentials, Region and endpoint as the AWS CLI finds them, with time limits."""

from __future__ import annotations

import os
import re
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from labs.aws.clients import CONNECT_SECONDS, READ_SECONDS, TRIES, SharedClients, session_of
from labs.aws.limits import RUN_SECONDS, RunLimits
from labs.aws.policy import session_policy
from labs.aws.request_scope import CheckContext, RequestScope, check_context
from labs.errors import CutAnswer, LabsError, UsageError, WrongAccount
from labs.sdk import Account
from labs.verdict import AccountIdentity

NEIGHBOURS = ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1")
"""Regions to search for a resource that is not in the expected one."""

_ACCOUNT = re.compile("[0-9]{12}")

SANDBOX_HEADER = "x-cardlabs-sandbox"
"""A header on every answer of the embedded AWS, and on none of AWS."""

WHO_AM_I = frozenset({"sts:GetCallerIdentity"})
CREDENTIAL_CALLS = frozenset(
    {
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
        "sso:GetRoleCredentials",
        "sso-oidc:CreateToken",
        "signin:CreateOAuth2Token",
    }
)
"""Operations that botocore may call to fetch credentials; no check may."""


class ConnectionOptions(msgspec.Struct, frozen=True):
    """Which account to connect to, as given on the command line; None means as configured in the environment."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    account: str | None = None
    environment: dict[str, str] | None = None
    """Environment variables of the sandbox, used in place of those of the process."""
    maps: Path | None = None
    """The folder of the learner's data, which holds the fidelity maps of emulators."""
    reads: frozenset[str] = frozenset()
    """The operations of the checks, to which a session policy limits a profile's role; empty: no policy."""
    seconds: float = RUN_SECONDS
    """The time that one run of checks may take."""


class Identity(msgspec.Struct, frozen=True):
    """The caller identity that STS returned; `inside` if the embedded AWS returned it."""

    account: str
    arn: str
    inside: bool


class AwsSession(msgspec.Struct):
    """An open session in one account: its clients, identity and request scope."""

    where: ConnectionOptions
    region: str
    endpoint: str | None
    scope: RequestScope
    clients: SharedClients
    lacks: tuple[str, ...] | None = None
    """The known gaps of the emulator, if the session replays a record."""
    at: datetime | None = None
    """The time of the record, if the session replays one."""
    answered_at: set[str] = msgspec.field(default_factory=set)
    """The endpoint URLs of its clients."""
    _identity: Future[Identity] = msgspec.field(default_factory=Future)

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a Region. Raises the error why there are no credentials, if so."""
        if isinstance(self.scope.keys, Exception):
            raise self.scope.keys
        endpoint = self.where.endpoint_url or (self.where.environment or {}).get("AWS_ENDPOINT_URL")
        client = self.clients.client(service, region, endpoint)
        self.answered_at.add(client.meta.endpoint_url)
        return client

    def account(self) -> Account:
        """The account as checks see it."""
        return Account(self.account_id, self.region, self.client, NEIGHBOURS, self.at)

    def account_id(self) -> str:
        """The account ID that `identify` fetched. Waits for it, and raises its error."""
        return self._identity.result().account

    def identify(self) -> None:
        """Calls GetCallerIdentity once, and stores identity or error for `account_id` and `target`."""
        if self._identity.done():
            return
        try:
            with check_context(CheckContext(self.scope, WHO_AM_I)):
                answer = self.client("sts", self.region).get_caller_identity()
            who = _identity(answer)
        except Exception as error:  # noqa: BLE001 - stored, and raised by `account_id`
            self.give_up(error)
        else:
            with suppress(InvalidStateError):  # the run was over before
                self._identity.set_result(who)

    def give_up(self, error: BaseException) -> None:
        """Stores an error as the result of `identify`, unless it has one."""
        with suppress(InvalidStateError):
            self._identity.set_exception(error)

    def fault(self) -> BaseException | None:
        """The error of `identify`, or None. Waits for it."""
        return self._identity.exception()

    def target(self) -> AccountIdentity:
        """The identity of the account; waits for `identify`."""
        if self.fault():
            return AccountIdentity(
                self._kind(self._met_sandbox()), None, self.region or None, self.endpoint, None
            )
        who = self._identity.result()
        return AccountIdentity(self._kind(who.inside), who.account, self.region, self.endpoint, who.arn)

    def _met_sandbox(self) -> bool:
        """Whether the sandbox answered any request."""
        answered = [
            each for each in list(self.scope.answers.values()) if each.done() and not each.exception()
        ]
        return any(
            SANDBOX_HEADER in each.result()[1]["ResponseMetadata"].get("HTTPHeaders", {}) for each in answered
        )

    def _kind(self, inside: bool) -> Literal["aws", "sandbox"]:
        return "sandbox" if inside or self.where.environment else "aws"

    def again(self) -> AwsSession:
        """The same connection for another run, without cached answers and identity."""
        scope = RequestScope(self.scope.keys, RunLimits(self.where.seconds, self.scope.limits.clock))
        return AwsSession(self.where, self.region, self.endpoint, scope, self.clients, self.lacks)

    def refuse_other_account(self) -> None:
        """Raises WrongAccount if the credentials belong to another account than `--account` names."""
        wanted = self.where.account
        if wanted and not self.fault() and self.account_id() != wanted:
            message = f"these credentials belong to account {self.account_id()}, not to {wanted}: nothing was checked"
            raise WrongAccount(message, self.target())


def open_session(where: ConnectionOptions, clients: SharedClients | None = None) -> AwsSession:
    """Opens a session for one run; calls AWS only for credentials. Raises UsageError for a wrong configuration.

    A profile with endpoints for single services gets its own clients instead of the shared `clients`.
    """
    from botocore.exceptions import BotoCoreError, ProfileNotFound

    session = _session(where)
    try:
        if where.profile and session.get_scoped_config().get("services"):
            clients = None
        region, endpoint = _region(session, where), _endpoint(session, where)
    except ProfileNotFound as error:
        raise UsageError(f"{error}. See `aws configure list-profiles`") from None
    except BotoCoreError as error:
        raise UsageError(f"Your AWS configuration cannot be read: {error}") from None
    scope = RequestScope(limits=RunLimits(where.seconds))
    with check_context(CheckContext(scope, CREDENTIAL_CALLS, fetches_credentials=True)):
        _narrow(session, where.reads)
        scope.keys = _keys(session, where)
    if isinstance(scope.keys, LabsError):
        raise scope.keys
    scope.limits = RunLimits(where.seconds)  # the time to type an MFA code does not count
    if not region and not isinstance(scope.keys, Exception):
        raise UsageError("No Region is set. Set AWS_REGION, set a Region in your profile, or use --region")
    return AwsSession(
        where,
        region,
        endpoint,
        scope,
        clients or SharedClients(lambda: session),
    )


def _narrow(session: Any, reads: frozenset[str]) -> None:
    """Adds the least-privilege session policy when the role of a profile is assumed, not for roles on the way to it."""
    role = session.get_scoped_config().get("role_arn") or os.environ.get("AWS_ROLE_ARN")
    if not role or not reads:
        return

    def add_policy(params: dict[str, Any], **_: Any) -> dict[str, Any] | None:
        return {**params, "Policy": session_policy(reads)} if params.get("RoleArn") == role else None

    for operation in ("AssumeRole", "AssumeRoleWithWebIdentity"):
        session.register(f"provide-client-params.sts.{operation}", add_policy)


def _identity(answer: Any) -> Identity:
    account = answer["Account"]
    if not _ACCOUNT.fullmatch(account):
        raise CutAnswer(f"malformed answer: {account!r} of GetCallerIdentity is not an account ID")
    inside = SANDBOX_HEADER in answer["ResponseMetadata"].get("HTTPHeaders", {})
    return Identity(account, answer["Arn"], inside)


def _session(where: ConnectionOptions) -> Any:
    from botocore.config import Config

    session = session_of(where.profile, ignores_profiles=bool(where.environment))
    limits = Config(
        connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": TRIES}
    )
    session.set_default_client_config(limits)
    return session


def _region(session: Any, where: ConnectionOptions) -> str:
    from botocore.exceptions import InvalidRegionError
    from botocore.utils import validate_region_name

    region = (
        where.region or (where.environment or {}).get("AWS_DEFAULT_REGION") or _configured_region(session)
    )
    if not region:
        return ""
    try:
        validate_region_name(region)
    except InvalidRegionError:
        raise UsageError(f"{region!r} is not the name of a Region") from None
    return region


def _endpoint(session: Any, where: ConnectionOptions) -> str | None:
    """The endpoint that replaces AWS's for all services, if any; botocore resolves those of single services."""
    if where.environment and (where.endpoint_url or where.profile):
        raise UsageError("--sandbox cannot be used together with --profile or --endpoint-url")
    found: str | None = (
        where.endpoint_url
        or (where.environment or os.environ).get("AWS_ENDPOINT_URL")
        or session.get_scoped_config().get("endpoint_url")
    )
    if found and not _possible(found):
        raise UsageError(f"{found!r} is not an endpoint URL. Example: http://localhost:5000")
    return found


def _possible(endpoint: str) -> bool:
    from botocore.utils import is_valid_endpoint_url

    try:
        url = urlsplit(endpoint)
        return url.scheme in {"http", "https"} and url.port != 0 and bool(is_valid_endpoint_url(endpoint))
    except ValueError:  # brackets without an address, or a port that is not a number
        return False


def _configured_region(session: Any) -> str | None:
    """The configured Region; AWS_REGION first, as in other SDKs: botocore reads only AWS_DEFAULT_REGION."""
    session.get_scoped_config()  # raises ProfileNotFound for a profile that is not there
    found: str | None = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return found


def _keys(session: Any, where: ConnectionOptions) -> Any:
    """The frozen credentials of this run, fetched once, so that no check makes calls for credentials.

    An error is returned, not raised: it is the reason why each objective is inconclusive. It may be of any type: a
    truncated answer, or a `credential_process` that prints something other than JSON.
    """
    from botocore.credentials import Credentials
    from botocore.exceptions import NoCredentialsError

    if where.environment:
        named = (where.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
        return Credentials(*named).get_frozen_credentials()
    try:
        found = session.get_component(
            "credential_provider"
        ).load_credentials()  # the session must not keep them
        return NoCredentialsError() if found is None else found.get_frozen_credentials()
    except Exception as error:  # noqa: BLE001 - stored, and raised by `client`
        return error
