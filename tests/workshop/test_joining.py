"""Who may join a workshop: only whoever controls the role, once, while it is open; and what is kept of them."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from labs.errors import ContentError, JoinRefused
from labs.workshop.address_limit import BURST, AddressLimit
from labs.workshop.joined_seats import JoinedSeat, joined_file, read_joined
from labs.workshop.joining import MAX_NAME, Joining, JoinRequest, JoinRules, own_key
from labs.workshop.roster import Seat, read_roster
from labs.workshop.seat_checker import SeatAccess
from tests.workshop.workshop_kit import account, role, seat, write


@dataclass
class Roles:
    """Roles, each with the condition of its trust; `fault` stands in the way of every call."""

    trusted: dict[str, Callable[[str | None], bool]] = field(default_factory=dict)
    fault: str | None = None

    def assume(self, seat: Seat) -> SeatAccess:
        assert seat.role_arn
        if self.fault:
            return SeatAccess(seat.name, None, self.fault, None)
        if self.trusted.get(seat.role_arn, lambda _: False)(seat.external_id):
            return SeatAccess(seat.name, seat.known_account, None, None)
        return SeatAccess(seat.name, seat.known_account, "denied", "sts:AssumeRole")

    def trust(self, number: int, external_id: str) -> None:
        self.trusted[role(number)] = lambda given: given == external_id


@dataclass
class Room:
    """A workshop that can be joined."""

    file: Path
    roles: Roles
    joining: Joining

    def join(self, name: str, number: int, external_id: str = "", **more: str) -> str:
        """Joins with an external id, by a role that trusts it."""
        own = external_id or self.joining.new_external_id()
        self.roles.trust(number, own)
        self.ask(name, role(number), own, **more)
        return own

    def ask(
        self, name: str, role_arn: str, external_id: str, code: str = "", address: str = "192.0.2.1"
    ) -> None:
        self.joining.join(JoinRequest(name, role_arn, code, external_id, address))

    def names(self) -> list[str]:
        return [each.name for each in read_roster(self.file, may_be_empty=True).seats]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    file, roles = write(tmp_path / "room.toml", seat("Ann", role_arn=role(1))), Roles()
    return Room(file, roles, Joining(file, b"key", roles.assume, JoinRules()))


def test_who_joins_has_a_seat_in_the_roster(room: Room) -> None:
    """With the roster's defaults, but with no other way in than the learner's own."""
    room.file.write_text(
        '[defaults]\nregion = "eu-west-1"\naccount = "999999999999"\nexternal_id = "x"\n', "utf-8"
    )
    own = room.join("  Ada   Lovelace ", 2)
    (found,) = read_roster(room.file).seats
    assert (found.name, found.role_arn, found.external_id) == ("Ada Lovelace", role(2), own)
    assert (found.region, found.account, found.fault) == ("eu-west-1", None, None)


def test_only_name_role_and_external_id_are_kept(room: Room) -> None:
    """In a file that only its owner may read."""
    own = room.join("Ada", 2)
    file = joined_file(room.file)
    assert file.read_text("utf-8").splitlines() == [
        "name,role_arn,external_id,waiting",
        f"Ada,{role(2)},{own},",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(each.name for each in room.file.parent.glob("*room*")) == [
        "room.toml",
        "room.toml.joined.csv",
    ]


@pytest.mark.parametrize(
    ("trusts", "message"),
    [
        (lambda own: lambda _: False, "lacks your external ID"),
        (lambda own: lambda given: given == f"{own}x", "lacks your external ID"),
        (lambda own: lambda _: True, "without your external ID"),
        (lambda own: lambda given: given is not None, "without your external ID"),
        (lambda own: lambda given: given in (None, own), "without your external ID"),
    ],
    ids=["nobody", "another id", "anybody", "any id", "no id (IfExists)"],
)
def test_a_role_must_trust_this_external_id_and_no_other(
    room: Room, trusts: Callable[[str], Callable[[str | None], bool]], message: str
) -> None:
    """Else a learner could name the role of another one."""
    own = room.joining.new_external_id()
    room.roles.trusted[role(2)] = trusts(own)
    with pytest.raises(JoinRefused, match=message):
        room.ask("Ada", role(2), own)
    assert room.names() == ["Ann"]


def test_an_external_id_cannot_be_chosen(room: Room) -> None:
    """Not one that others know, nor what the address of joining holds."""
    made = room.joining.new_external_id()
    for chosen in (
        "",
        "the-secret-of-the-room",
        f"a{made}",
        f"address.{room.joining.token}",
        f":.{room.joining.token}",
    ):
        with pytest.raises(JoinRefused, match="allow cookies"):
            room.join("Ada", 2, chosen or ".")
    other = Joining(room.file, b"another key", room.roles.assume, JoinRules())
    assert (room.joining.is_ours(made), other.is_ours(made)) == (True, False)


def test_a_fault_is_not_the_learners(room: Room) -> None:
    room.roles.fault = "the token is expired"
    with pytest.raises(JoinRefused, match="tell your instructor"):
        room.ask("Ada", role(2), room.joining.new_external_id())


@pytest.mark.parametrize(
    "name",
    ["", "  ", "=cmd()", "@x", "a\u202eb", "a\0b", "x" * (MAX_NAME + 1)],
)
def test_a_name_can_stand_on_a_board(room: Room, name: str) -> None:
    with pytest.raises(JoinRefused, match="Type your name"):
        room.join(name, 2)


@pytest.mark.parametrize(
    "name", ["محمد الحسيني", "می\u200cخواهم", "Nguyễn Thị", "佐藤 健", "O'Neil, Jr. <b>"]
)
def test_names_of_all_scripts_are_taken(room: Room, name: str) -> None:
    room.join(name, 2)
    assert room.names() == ["Ann", name]


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:iam::111122223333:user/ada",
        "arn:aws:iam::1111:role/x",
        "arn:aws:sts::111122223333:assumed-role/x/y",
        "arn:aws:iam::111122223333:role/x y",
        "arn:aws:iam::111122223333:role/é",
        f"arn:aws:iam::111122223333:role/{'x' * 600}",
    ],
)
def test_only_the_arn_of_a_role_is_tried(room: Room, arn: str) -> None:
    room.roles.fault = "nothing may be asked"
    with pytest.raises(JoinRefused, match="not the ARN of a role"):
        room.ask("Ada", arn, room.joining.new_external_id())


def test_a_name_and_an_account_have_one_seat(room: Room) -> None:
    own = room.join("Ada", 2)
    for name, number, external_id, message in (
        ("ADA", 3, "", "add your last name"),
        ("ann", 3, "", "add your last name"),
        ("Eve", 1, "", "has a seat in this workshop"),
        ("Eve", 3, own, "You joined as Ada"),
    ):
        with pytest.raises(JoinRefused, match=message):
            room.join(name, number, external_id)
    assert room.names() == ["Ann", "Ada"]


def test_who_proves_the_same_account_again_keeps_the_seat(room: Room) -> None:
    """From another browser, which has another external id."""
    room.join("Ada", 2)
    own = room.join("Lady Ada", 2)
    assert [(each.name, each.external_id) for each in room.joining.seats()] == [("Ada", own)]


def test_it_can_be_closed(room: Room) -> None:
    room.joining.set_open(False)
    with pytest.raises(JoinRefused, match="closed"):
        room.join("Ada", 2)
    room.joining.set_open(True)
    room.join("Ada", 2)


def test_it_can_ask_for_a_code(room: Room) -> None:
    room.joining.rules = JoinRules(code="blue-7")
    for wrong in ("", "blue", "BLUE-7", "é"):
        with pytest.raises(JoinRefused, match="not the code"):
            room.join("Ada", 2, code=wrong)
    room.join("Ada", 2, code=" blue-7 ")


def test_it_can_wait_for_an_approval(room: Room) -> None:
    """Until then there is no seat; the instructor may also refuse."""
    room.joining.rules = JoinRules(approve=True)
    room.join("Ada", 2)
    room.join("Bob", 3)
    assert room.names() == ["Ann"]
    room.joining.approve("Ada")
    room.joining.remove("Bob")
    assert room.names() == ["Ann", "Ada"]
    assert room.joining.seats() == [replace(room.joining.seats()[0], name="Ada", waiting=False)]


def test_each_change_is_told(room: Room) -> None:
    changes: list[list[JoinedSeat]] = []
    joining = Joining(
        room.file, b"key", room.roles.assume, JoinRules(), lambda: changes.append(joining.seats())
    )
    Room(room.file, room.roles, joining).join("Ada", 2)
    joining.remove("Ada")
    assert [[each.name for each in seats] for seats in changes] == [["Ada"], []]


def test_attempts_from_one_address_are_limited(room: Room) -> None:
    """A whole room can join from one address; guessing does not go on. Others are not stopped."""
    own = room.joining.new_external_id()
    for _ in range(BURST):
        with pytest.raises(JoinRefused, match="lacks your"):
            room.ask("Ada", role(2), own)
    with pytest.raises(JoinRefused, match="Too many attempts"):
        room.join("Ada", 2)
    room.join("Ada", 2, address="192.0.2.2")


def test_an_address_may_try_again_later() -> None:
    now = [0.0]
    limit = AddressLimit(lambda: now[0])
    assert [limit.admits("a") for _ in range(BURST + 1)] == [True] * BURST + [False]
    now[0] = 4.0
    assert [limit.admits("a") for _ in range(3)] == [True, True, False]


def test_a_damaged_file_is_refused(room: Room) -> None:
    """It is not taken for an empty one, which the next learner would write over."""
    joined_file(room.file).write_text("name,role_arn\nAda,x\n", "utf-8")
    with pytest.raises(ContentError, match="columns"):
        read_joined(room.file)
    with pytest.raises(ContentError, match=r"joined\.csv"):
        read_roster(room.file)


def test_the_key_of_a_workshop_stays(tmp_path: Path) -> None:
    """Another workshop has another one; only its owner may read it."""
    first, again, other = (own_key(tmp_path / "home", each) for each in ("a", "a", "b"))
    assert first == again != other
    assert stat.S_IMODE((tmp_path / "home" / "joining.key").stat().st_mode) == 0o600


def test_a_seat_that_joined_is_one_of_all_commands(room: Room) -> None:
    room.join("Ada", 2)
    assert [each.known_account for each in read_roster(room.file).seats] == [account(1), account(2)]
