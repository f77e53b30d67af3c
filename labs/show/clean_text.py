"""The leftovers of a lab: for `labs clean`, as text and JSON, and for `labs check --cleaned`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator

from labs.content.markdown import plain
from labs.sdk import Leftover
from labs.show.verdict_text import SIGNS, place
from labs.verdict import LabVerdict, State, Verdict
from labs.verify.cleanup import prices
from labs.verify.cleanup.kinds import in_order
from labs.verify.cleanup.removal import Removed
from labs.verify.cleanup.shell import commands
from labs.verify.leftovers import BETWEEN


def render_cleaned(verdict: Verdict) -> str:
    """Each lab with its leftovers, the account that was searched, and how to remove them."""
    return "\n".join([place(verdict.target), "", *(line for lab in verdict.labs for line in _lab(lab))])


def _lab(lab: LabVerdict) -> Iterator[str]:
    [finding] = lab.findings
    sign = SIGNS[finding.state]
    match finding.state:
        case State.PASSED:
            yield f"  {sign} {lab.lab}: no resources found"
        case State.FAILED:
            yield f"  {sign} {lab.lab}: left behind"
            yield from (f"      {plain(thing)}" for thing in finding.found.split(BETWEEN))
            yield f"    Remove it: labs clean {lab.lab}"
        case _:
            yield f"  {sign} {lab.lab}: inconclusive: {plain(finding.message)}"
            if finding.action:
                yield f"    Required permissions: labs policy {lab.lab}"


def render_found(lab: str, things: list[Leftover], width: int, *, in_sandbox: bool) -> str:
    """The leftovers of a lab, a line each, and their price per hour."""
    if not things:
        return _wrapped(f"No resources of {lab} were found. {NOT_SEARCHED} {OTHER_NAMES}", width)
    lines = [f"  {plain(str(thing))}{_price(thing)}" for thing in in_order(things)]
    total = sum(map(prices.per_hour, things))
    costs = (
        f"about ${total:.2f} per hour (on-demand prices of {prices.REGION})" if total else "nothing per hour"
    )
    if in_sandbox:
        costs = f"The sandbox is free. In an AWS account, this costs {costs}."
    else:
        costs = f"Until you remove it, it costs {costs}." if total else f"It costs {costs}."
    text = _wrapped(f"{costs} {NOT_SEARCHED} {OTHER_NAMES}", width)
    return "\n".join([f"Left behind by {lab}:", *lines, "", text, ""])


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_on_hyphens=False)


NOT_SEARCHED = (
    "Not searched: other Regions, and resources that you named yourself and that no resource of the lab uses, "
    "for example a load balancer, a role or a group."
)
OTHER_NAMES = "To search for other names than the brief's, add -p NAME=VALUE."


def render_commands(lab: str, things: list[Leftover], *, in_sandbox: bool) -> str:
    """The commands that remove the leftovers."""
    how = f"To run these commands: labs clean {lab} --yes" if in_sandbox else "These commands remove it:"
    return f"Nothing was removed yet. {how}\n\n{commands(things)}"


def render_removed(outcome: Removed) -> str:
    """The result of a clean-up: numbers, and what could not be removed with the reason."""
    wrong = [f"  {plain(str(thing))}: {plain(why)}" for thing, why in outcome.left.items()]
    return "\n".join([*wrong, f"removed: {len(outcome.removed)}, left: {len(outcome.left)}"])


def clean_json(lab: str, outcome: Removed) -> str:
    """The outcome of `labs clean` as a document of schema 1."""
    document = {
        "schema": 1,
        "lab": lab,
        "found": thing_documents(outcome.found),
        "removed": thing_documents(outcome.removed),
        "left": thing_documents(outcome.left),
    }
    return json.dumps(document, indent=2)


def thing_documents(things: Iterable[Leftover]) -> list[dict[str, str | float]]:
    """Resources as the JSON of a clean-up lists them."""
    return [
        {
            "kind": thing.kind,
            "id": thing.id,
            "name": thing.name or thing.id,
            "per_hour": round(prices.per_hour(thing), 6),
        }
        for thing in things
    ]


def _price(thing: Leftover) -> str:
    cost = prices.per_hour(thing)
    return f" (${cost:.3f} per hour)" if cost >= 0.0005 else ""
