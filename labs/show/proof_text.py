"""`labs test`: the steps of a proof and their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs.author.mutation.scores import Known
from labs.author.proof_step import ProofStep

KINDS = ("texts", "nothing", "start", "solution", "mistake", "clean", "unrelated", "policy", "reads")
KINDS_IN_ACCOUNT = ("nothing", "start", "solution", "mistake", "clean", "left")


def line(step: ProofStep) -> str:
    """The line of one finished step."""
    name = f" {step.name}" if step.name else ""
    text = f": {step.wrong}" if step.wrong else ""
    world = f"\n  Load the state in which it failed: labs sandbox load {step.world}" if step.world else ""
    return f"{'✗' if step.wrong else '✓'} {step.lab} {step.kind}{name} ({step.seconds:.1f} s){text}{world}"


def account_table(steps: Iterable[ProofStep]) -> str:
    """The table of a proof in a real account."""
    return _table(steps, KINDS_IN_ACCOUNT, None)


def table(steps: Iterable[ProofStep], scores: Mapping[str, Known]) -> str:
    """A row for each lab: the passed steps of each kind, and the mutation score of its check."""
    text = _table(steps, KINDS, scores)
    if any(not known.current for known in scores.values()):
        text += "\n  * out of date: the check has changed. Measure again: labs test --mutate"
    return text


def _table(steps: Iterable[ProofStep], kinds: tuple[str, ...], scores: Mapping[str, Known] | None) -> str:
    labs: dict[str, list[ProofStep]] = {}
    for step in steps:
        labs.setdefault(step.lab, []).append(step)
    width = max(map(len, labs), default=0)
    heads = kinds if scores is None else (*kinds, "killed")
    rows = [f"  {'lab':<{width}}  {'  '.join(f'{kind:>10}' for kind in heads)}   seconds"]
    for lab in sorted(labs):
        own = labs[lab]
        sign = "✗" if any(step.wrong for step in own) else "✓"
        results = [_held(own, kind) for kind in kinds]
        if scores is not None:
            results.append(_killed(scores.get(lab)))
        cells = "  ".join(f"{cell:>10}" for cell in results)
        rows.append(f"{sign} {lab:<{width}}  {cells}   {sum(step.seconds for step in own):7.1f}")
    return "\n".join(rows)


def proof_document(steps: Iterable[ProofStep], scores: Mapping[str, Known]) -> dict[str, Any]:
    """The steps and scores as a JSON document."""
    steps = list(steps)
    return {
        "schema": 1,
        "passed": not any(step.wrong for step in steps),
        "steps": [
            {
                "lab": step.lab,
                "kind": step.kind,
                "name": step.name,
                "passed": not step.wrong,
                "wrong": step.wrong,
                "seconds": round(step.seconds, 2),
                "world": step.world,
            }
            for step in steps
        ],
        "mutants": {
            lab: {"killed": known.score.killed, "all": known.score.mutants, "current": known.current}
            for lab, known in scores.items()
        },
    }


def _killed(known: Known | None) -> str:
    return f"{known.score.share:.1%}{'' if known.current else '*'}" if known else "-"


def _held(steps: list[ProofStep], kind: str) -> str:
    of_kind = [step for step in steps if step.kind == kind]
    return f"{sum(not step.wrong for step in of_kind)}/{len(of_kind)}" if of_kind else "-"
