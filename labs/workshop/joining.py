"""Lets learners join a workshop by themselves, with a name, a role in their account and an external id.

The instructor's credentials assume a role that a learner names: a confused deputy, as learners could name somebody
else's role. So each browser gets its own external id, which cannot be guessed or chosen, and a role is accepted only if
it can be assumed with this id, but neither with another id nor with none
(docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html).
"""

from __future__ import annotations

import base64
import hmac
import secrets
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labs.errors import JoinRefused, StoreError
from labs.system.files import create_file
from labs.workshop.address_limit import AddressLimit
from labs.workshop.joined_seats import JoinedSeat, read_joined, write_joined
from labs.workshop.roster import ROLE, Roster, Seat, read_roster
from labs.workshop.seat_checker import SeatAccess

KEY_FILE = "joining.key"
KEY_BYTES = 32
MAX_NAME = 60
MAX_ARN = 600
MAX_SEATS = 1000
MAX_TRIALS = 8
"""Maximum number of roles that are tried concurrently."""
TRIAL_PATIENCE_SECONDS = 20.0
JOINERS = "\u200c\u200d"
"""Invisible characters that Persian and Indic names contain."""


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A submitted form: the typed fields, the browser's external id, and its network address."""

    name: str
    role_arn: str
    code: str
    external_id: str
    address: str


@dataclass(frozen=True, slots=True)
class JoinRules:
    """The rules of joining: the code to type (None: no code), and whether each learner needs an approval."""

    code: str | None = None
    approve: bool = False


class Joining:
    """Adds learners to the roster, approves and removes them. Calls `changed` after each change.

    `assume` tries a seat's role. External ids are signed with `key`, so none has to be stored before it is used.
    """

    def __init__(
        self,
        roster_file: Path,
        key: bytes,
        assume: Callable[[Seat], SeatAccess],
        rules: JoinRules,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.rules = rules
        self.is_open = True
        self.addresses: Sequence[str] = ()
        """The addresses of the joining page, best last; empty until the server runs."""
        self.changes = 0
        self._roster_file = roster_file
        self._key = key
        self._assume = assume
        self._changed = changed
        self._limit = AddressLimit()
        self._lock = threading.Lock()
        self._trials = threading.BoundedSemaphore(MAX_TRIALS)

    @property
    def token(self) -> str:
        """The token in the address of the joining page; the same after a restart, because learners may keep it open."""
        return self._signature("address:")

    def new_external_id(self) -> str:
        """A new external id."""
        nonce = secrets.token_urlsafe(12)
        return f"{nonce}.{self._signature(f'id:{nonce}')}"

    def is_ours(self, external_id: str) -> bool:
        """Whether an external id has a valid signature."""
        nonce, _, signature = external_id.partition(".")
        return hmac.compare_digest(signature.encode(), self._signature(f"id:{nonce}").encode())

    def seats(self) -> list[JoinedSeat]:
        """The learners who joined, in their order."""
        return read_joined(self._roster_file)

    def seat_of(self, external_id: str) -> JoinedSeat | None:
        """The seat that was joined with this external id; None if there is none."""
        return next((each for each in self.seats() if each.external_id == external_id), None)

    def join(self, request: JoinRequest) -> None:
        """Adds a learner. Raises JoinRefused with advice for the learner."""
        if not self.is_open:
            raise JoinRefused("Joining is closed: ask your instructor.")
        if not self._limit.admits(request.address):
            raise JoinRefused("Too many attempts from your network: wait a minute, then try again.")
        if self.rules.code and not hmac.compare_digest(
            request.code.strip().encode(), self.rules.code.encode()
        ):
            raise JoinRefused("This is not the code of this workshop. Ask your instructor for it.")
        if not self.is_ours(request.external_id):
            raise JoinRefused(
                "Your browser did not keep its external ID: allow cookies, and load this page again."
            )
        name, role_arn = _name(request.name), _role_arn(request.role_arn)
        roster = read_roster(self._roster_file, may_be_empty=True)
        self._prove_role(roster.joining_seat(name, role_arn, request.external_id))
        self._add(JoinedSeat(name, role_arn, request.external_id, waiting=self.rules.approve))

    def approve(self, name: str) -> None:
        """Gives a waiting learner a seat."""
        with self._lock:
            found = [replace(each, waiting=False) if each.name == name else each for each in self.seats()]
            self._write(found)

    def remove(self, name: str) -> None:
        """Removes a learner's seat; the results stay in the ledger."""
        with self._lock:
            self._write([each for each in self.seats() if each.name != name])

    def set_open(self, is_open: bool) -> None:
        """Opens or closes joining."""
        self.is_open = is_open
        self.changes += 1

    def _signature(self, text: str) -> str:
        digest = hmac.digest(self._key, text.encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:18]).decode()

    def _prove_role(self, seat: Seat) -> None:
        """Raises JoinRefused unless the role can be assumed with its external id, and with no other."""
        if not self._trials.acquire(timeout=TRIAL_PATIENCE_SECONDS):
            raise JoinRefused("Many learners are joining: wait a minute, then try again.")
        try:
            found = self._assume(seat)
            if found.error:
                raise JoinRefused(_advice(seat, found))
            for other in (None, self.new_external_id()):
                found = self._assume(replace(seat, external_id=other))
                if not found.error:
                    raise JoinRefused(
                        f"{seat.role_arn} can be assumed without your external ID, so it proves nothing: "
                        "deploy the template of step 1."
                    )
                if not found.action:
                    raise JoinRefused(_advice(seat, found))
        finally:
            self._trials.release()

    def _add(self, new: JoinedSeat) -> None:
        """Stores a seat with a proved role. If the account has joined before, its seat is updated; the name stays."""
        with self._lock:
            joined, roster = self.seats(), read_roster(self._roster_file, may_be_empty=True)
            account = _account(new.role_arn)
            same = next((each for each in joined if _account(each.role_arn) == account), None)
            if same:
                kept = replace(same, role_arn=new.role_arn, external_id=new.external_id)
                self._write([kept if each == same else each for each in joined])
                return
            _refuse_taken(new, account, roster, joined)
            self._write([*joined, new])

    def _write(self, seats: Sequence[JoinedSeat]) -> None:
        write_joined(self._roster_file, seats)
        self.changes += 1
        self._changed()


def _refuse_taken(new: JoinedSeat, account: str, roster: Roster, joined: Sequence[JoinedSeat]) -> None:
    """Raises JoinRefused if name, account or browser have a seat already, or if all seats are taken."""
    if any(seat.known_account == account for seat in roster.seats):
        raise JoinRefused(f"Account {account} has a seat in this workshop: there is nothing to do.")
    before = next((each.name for each in joined if each.external_id == new.external_id), None)
    if before:
        raise JoinRefused(f"You joined as {before}: ask your instructor to remove that seat first.")
    names = {
        name.casefold() for name in (*(each.name for each in roster.seats), *(each.name for each in joined))
    }
    if new.name.casefold() in names:
        raise JoinRefused(f"Somebody is called {new.name} already: add your last name.")
    if len(names) >= MAX_SEATS:
        raise JoinRefused("All seats are taken: ask your instructor.")


def _name(text: str) -> str:
    """A name that is safe on a board and in a spreadsheet. Raises JoinRefused."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    invisible = any(unicodedata.category(each)[0] == "C" and each not in JOINERS for each in name)
    if not name or not name[0].isalnum() or invisible or len(name) > MAX_NAME:
        raise JoinRefused(f"Type your name: it begins with a letter, and has {MAX_NAME} characters at most.")
    return name


def _role_arn(text: str) -> str:
    """The ARN of a role. Raises JoinRefused."""
    arn = text.strip()
    if len(arn) > MAX_ARN or not arn.isascii() or not ROLE.fullmatch(arn):
        raise JoinRefused(
            "This is not the ARN of a role: copy the output RoleArn of the stack, "
            "such as arn:aws:iam::111122223333:role/labs-check."
        )
    return arn


def _account(role_arn: str) -> str:
    return role_arn.split(":")[4]


def _advice(seat: Seat, found: SeatAccess) -> str:
    """Advice for a role that could not be assumed: AWS does not tell why."""
    if found.action:
        return (
            f"AWS refuses access to {seat.role_arn}: there is no such role, or its trust policy lacks your "
            "external ID. Deploy the template of step 1, wait until the stack is complete, then try again."
        )
    return (
        "AWS could not be asked about your role: try again, and tell your instructor if it stays like this."
    )


def own_key(home: Path, workshop: str) -> bytes:
    """The signing key of a workshop on this machine, created on first use. Raises StoreError if it cannot be stored."""
    path = home / KEY_FILE
    try:
        if not path.exists():
            home.mkdir(parents=True, exist_ok=True)
            create_file(path, secrets.token_bytes(KEY_BYTES))
        return hmac.digest(path.read_bytes(), workshop.encode(), "sha256")
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
