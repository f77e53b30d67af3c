"""Events: ids that sort by time, moments in UTC, lines that survive a round trip."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.errors import StoreError
from labs.store import Event, jsonl, uuid7
from tests.store.builders import START, Clock, any_events, event_factory, moments, result

GOOD = {
    "kind": "of-tomorrow",
    "id": "01932c07-a340-7000-8000-000000000000",
    "device": "d",
    "at": "2026-11-22T09:00:00Z",
}


@given(moments, st.integers(0, 2**62 - 1))
def test_an_id_is_a_version_7_uuid_that_holds_its_millisecond(at: datetime, random: int) -> None:
    made = UUID(uuid7(at, lambda bits: random))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


@pytest.mark.slow
@given(moments, moments, st.integers(0, 2**62 - 1), st.integers(0, 2**62 - 1))
def test_ids_sort_as_their_moments_do(one: datetime, other: datetime, first: int, second: int) -> None:
    if one < other:
        assert uuid7(one, lambda bits: first) < uuid7(other, lambda bits: second)


@pytest.mark.parametrize("zone", [timezone(timedelta(hours=2)), ZoneInfo("America/New_York"), None], ids=str)
def test_an_event_of_another_time_zone_or_of_none_is_refused(zone: timezone | None) -> None:
    with pytest.raises((ValueError, TypeError)):
        event_factory(Clock(START.replace(tzinfo=zone)))("review", card="a:b", rating=3)


def test_utc_under_another_name_becomes_datetime_utc() -> None:
    event = event_factory(Clock(START.astimezone(ZoneInfo("UTC"))))("review")
    assert event.at.tzinfo is UTC


@pytest.mark.slow
@given(st.lists(any_events(), max_size=5))
def test_lines_give_back_the_same_events_of_whatever_kind(events: list[Event]) -> None:
    encoded = [msgspec.json.encode(event) for event in events]
    assert jsonl.parse(encoded) == events


@pytest.mark.parametrize("line", ["{", "[]", "{}", "null", '"text"', "\x00"])
def test_a_line_that_holds_no_event_is_refused(line: str) -> None:
    with pytest.raises(StoreError, match="line 1: "):
        jsonl.parse([line.encode()])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"rating": 5}, "<= 4", id="rating above 4"),
        pytest.param({"rating": 0}, ">= 1", id="rating below 1"),
        pytest.param({"rating": True}, "got `bool`", id="rating no number"),
        pytest.param({"kind": ""}, "length >= 1", id="no kind"),
        pytest.param({"colour": "red"}, "unknown field", id="unknown field"),
        pytest.param({"items_hit": 3, "items_total": 2}, "more items", id="too many items"),
        pytest.param({"at": "2026-11-22T09:00:00+02:00"}, "in UTC", id="another zone"),
        pytest.param({"at": "2026-11-22T09:00:00"}, "timezone", id="no zone"),
        pytest.param({"id": str(UUID(int=1 << 100, version=4))}, "regex", id="uuid 4"),
        pytest.param({"kind": "review", "card": "a:b"}, "`rating`", id="review without rating"),
        pytest.param({"kind": "review", "rating": 3}, "`card`", id="review without card"),
        pytest.param({"kind": "void"}, "`data.event`", id="void of nothing"),
        pytest.param({"kind": "rename", "card": "a:b", "data": {"to": 1}}, "`data.to`", id="rename to 1"),
        pytest.param(
            {"kind": "attempt", "lab": "x", "data": {"parameters": 1}},
            "`data.parameters`",
            id="no parameters",
        ),
        pytest.param({"kind": "check", "lab": "x"}, "`lab`", id="check without verdict"),
        pytest.param({"device": "\ud800 half a surrogate"}, "utf-16", id="half a surrogate"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number_and_reason(change: dict[str, object], why: str) -> None:
    good, bad = (json.dumps(event).encode() for event in (GOOD, GOOD | change))
    with pytest.raises(StoreError, match=r"line 3: ") as refused:
        jsonl.parse([good, b"", bad, good])
    assert why in str(refused.value)


def test_every_bad_line_is_named_but_not_more_than_a_screen_holds() -> None:
    with pytest.raises(StoreError) as refused:
        jsonl.parse([b"no export"] * 2000)
    message = str(refused.value)
    assert "line 10: " in message
    assert "line 11: " not in message
    assert "1990 more lines" in message


def test_a_verdict_is_the_same_after_it_was_an_event() -> None:
    given = result(
        {"cluster": "passed", "service": "failed", "running": "blocked"}, parameters={"cluster": "x"}
    )
    event = event_factory(Clock())("check", lab=given.lab, data=given.data())
    [back] = jsonl.parse([msgspec.json.encode(event)])
    assert msgspec.convert(back.data, type(given)) == given
    assert (back.data["score"], back.data["total"]) == (1, 3)


def test_a_verdict_without_objectives_passed_nothing() -> None:
    assert not result({}).passed
