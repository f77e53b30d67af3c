"""`labs workshop clean`: what is left in the accounts of a room and what it costs, as text, JSON and commands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from labs.show.catch_up_text import in_account
from labs.show.clean_text import thing_documents
from labs.show.wording import one_line, plural, shortened
from labs.verdict import State
from labs.verify.cleanup import prices
from labs.verify.cleanup.kinds import in_order
from labs.verify.cleanup.shell import commands
from labs.workshop.roster import Seat
from labs.workshop.seat_checker import SeatLeftovers
from labs.workshop.seat_result import SeatResult


def cleaned_lines(results: Iterable[SeatResult], width: int) -> Iterator[str]:
    """`labs workshop check --cleaned`: a line for each seat, then the leftovers of each lab, or an error."""
    for each in results:
        open_labs = [lab for lab in each.labs if not lab.passed]
        if each.error:
            yield shortened(f"? {one_line(each.name)}: could not be read: {one_line(each.error)}", width)
        elif not open_labs:
            yield f"✓ {one_line(each.name)}: nothing found"
        else:
            left = any(finding.state is State.FAILED for lab in open_labs for finding in lab.findings)
            yield f"{'✗' if left else '?'} {one_line(each.name)}: {'left behind' if left else 'inconclusive'}"
            for lab in open_labs:
                for finding in lab.findings:
                    yield shortened(f"    {lab.lab}: {one_line(finding.found or finding.message)}", width)


def room_lines(found: Sequence[SeatLeftovers], width: int) -> Iterator[str]:
    """A line for each seat, the most expensive first, with its resources; and totals."""
    for each in sorted(found, key=lambda seat: (-cost(seat), seat.name.casefold())):
        if each.error:
            yield shortened(f"? {one_line(each.name)}: could not be read: {one_line(each.error)}", width)
        elif not each.things():
            yield f"✓ {one_line(each.name)}: nothing found"
        else:
            yield f"✗ {one_line(each.name)}: {plural(len(each.things()), 'resource')}, ${cost(each):.3f} an hour"
            yield from (shortened(f"    {one_line(str(thing))}", width) for thing in in_order(each.things()))
    seats = sum(bool(each.things()) for each in found)
    total = sum(map(cost, found))
    yield f"{seats} of {plural(len(found), 'seat')} with something left, ${total:.2f} an hour in all"
    yield f"(on-demand prices of {prices.REGION})"


def cost(seat: SeatLeftovers) -> float:
    """The cost of a seat's resources in US dollars per hour."""
    return sum(map(prices.per_hour, seat.things()))


def room_json(found: Sequence[SeatLeftovers]) -> str:
    """The same as a document of schema 1."""
    seats = [
        {
            "name": each.name,
            "account": each.account,
            "found": thing_documents(each.things()),
            "per_hour": round(cost(each), 6),
            "error": each.error,
        }
        for each in found
    ]
    document = {"schema": 1, "seats": seats, "per_hour": round(sum(map(cost, found)), 6)}
    return json.dumps(document, indent=2, ensure_ascii=False)


def removal_script(seat: Seat, left: SeatLeftovers, region: str | None) -> str:
    """The commands with which a learner removes everything; they stop in another account."""
    lines = [f"# {one_line(seat.name)}: removes what labs left behind", "("]
    lines += [*in_account(seat, seat.region or region), "set +e", commands(left.things()), ")", ""]
    return "\n".join(lines)
