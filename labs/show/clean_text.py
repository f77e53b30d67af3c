"""`labs check --cleaned` for people: what is left of each lab."""

from __future__ import annotations

from collections.abc import Iterator

from labs.content.markdown import plain
from labs.show.verdict_text import SIGNS
from labs.verdict import LabVerdict, State, Verdict
from labs.verify.leftovers import BETWEEN


def render_cleaned(verdict: Verdict) -> str:
    """Each lab with what is left of it, where that was looked at, and how to remove it."""
    target = verdict.target
    where = " · ".join(part for part in (target.kind, target.account or "no account", target.region) if part)
    return "\n".join([where, "", *(line for lab in verdict.labs for line in _lab(lab))])


def _lab(lab: LabVerdict) -> Iterator[str]:
    [finding] = lab.findings
    sign = SIGNS[finding.state]
    match finding.state:
        case State.PASSED:
            yield f"  {sign} {lab.lab}: nothing is left"
        case State.FAILED:
            yield f"  {sign} {lab.lab}: still there"
            yield from (f"      {plain(thing)}" for thing in finding.found.split(BETWEEN))
            yield f"    labs clean {lab.lab} prints what removes it"
        case _:
            yield f"  {sign} {lab.lab}: could not look: {plain(finding.message)}"
            if finding.action:
                yield f"    labs policy {lab.lab} prints what the check needs"
