"""Every lab under words that AWS invented last night: one in each enumerated member of each answer, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.aws.key_tracking import keys_read
from labs.verdict import State
from labs.verify.unknown_values import DOCUMENTED
from tests.labs.changes import Change
from tests.labs.recording import changed, replaying
from tests.labs.states import LabState

WORD = "INVENTED_LAST_NIGHT"

Member = tuple[str, str, str]
"""An operation, a structure of its answers and a member of it."""


def _spoken(read: str, value: Any, shape: Any) -> Iterator[Member]:
    """The members of an answer that hold words of a list."""
    match shape.type_name, value:
        case "structure", dict():
            for name in value.keys() & shape.members.keys():
                member = shape.members[name]
                if _is_word(member) or (shape.name, name) in DOCUMENTED:
                    yield read, shape.name, name
                yield from _spoken(read, value[name], member)
        case "list", list():
            for each in value:
                yield from _spoken(read, each, shape.member)


def _is_word(shape: Any) -> bool:
    return _is_word(shape.member) if shape.type_name == "list" else bool(getattr(shape, "enum", ()))


def _invented(member: Member) -> Change:
    """Answers in which this member says a word that nobody knows."""
    only, structure, key = member

    def change(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        return _changed(answer, shape) if read == only and shape is not None else answer

    def _changed(value: Any, shape: Any) -> Any:
        match shape.type_name, value:
            case "structure", dict():
                inside = {
                    name: _changed(each, shape.members[name]) if name in shape.members else each
                    for name, each in value.items()
                }
                if shape.name == structure and key in inside:
                    inside[key] = [WORD] if isinstance(inside[key], list) else WORD
                return inside
            case "list", list():
                return [_changed(each, shape.member) for each in value]
        return value

    return change


def _members(state: LabState) -> list[Member]:
    found: set[Member] = set()

    def see(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if shape is not None:
            found.update(_spoken(read, answer, shape))
        return answer

    with changed(see):
        state.run()
    return sorted(found)


def _keys_read(state: LabState) -> dict[str, set[str]]:
    """The members that each objective reads, as `keys_read` names them."""
    session = state.first.again()
    with replaying(state.recording):
        session.identify()
        names = state.lab.names({}, account=session.account_id(), region=session.region)
        return {
            each.id: keys_read(
                session,
                frozenset(state.verifier.reads),
                lambda account, each=each: each.check(account, names),
            )
            for each in state.verifier.objectives
            if state.findings[each.id].state is not State.BLOCKED
        }


def test_a_new_word_matters_only_where_it_is_read(state: LabState) -> None:
    """No verdict turns, and none becomes unclear for a member that its check does not read."""
    read_by = _keys_read(state)
    unclear = 0
    for member in _members(state):
        with changed(_invented(member)):
            under = state.findings_under(again=member[0])
        for name, finding in under.items():
            before = state.findings[name].state
            key = f"{member[0]} {member[2]}"
            if finding.state is State.INCONCLUSIVE:
                unclear += 1
                assert key in read_by[name], f"{name} does not read {key}: {finding.message}"
            else:
                assert finding.state in (before, State.BLOCKED), f"{name} turned by {member}: {finding.found}"
    assert unclear or state.kind == "wrong", "no check reads any word"
