"""`labs test`: what was tried with each lab, and whether it held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs.author.mutation.scores import Known
from labs.author.proof import Step

KINDS = ("nothing", "start", "solution", "mistake", "clean", "bystanders", "reads")


def line(step: Step) -> str:
    """One step, as it is done."""
    name = f" {step.name}" if step.name else ""
    text = f": {step.wrong}" if step.wrong else ""
    return f"{'✗' if step.wrong else '✓'} {step.lab} {step.kind}{name} ({step.seconds:.1f} s){text}"


def table(steps: Iterable[Step], scores: Mapping[str, Known]) -> str:
    """A row for each lab: of each kind of step, how many held; and the share of its check's mutants that is killed."""
    labs: dict[str, list[Step]] = {}
    for step in steps:
        labs.setdefault(step.lab, []).append(step)
    width = max(map(len, labs), default=0)
    rows = [f"  {'lab':<{width}}  {'  '.join(f'{kind:>10}' for kind in (*KINDS, 'killed'))}   seconds"]
    for lab in sorted(labs):
        own = labs[lab]
        sign = "✗" if any(step.wrong for step in own) else "✓"
        results = [*(_held(own, kind) for kind in KINDS), _killed(scores.get(lab))]
        cells = "  ".join(f"{cell:>10}" for cell in results)
        rows.append(f"{sign} {lab:<{width}}  {cells}   {sum(step.seconds for step in own):7.1f}")
    if any(not scores[lab].current for lab in labs if lab in scores):
        rows.append("  * measured before the check changed; `just mutate` measures again")
    return "\n".join(rows)


def proof_document(steps: Iterable[Step], scores: Mapping[str, Known]) -> dict[str, Any]:
    """The same for scripts."""
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


def _held(steps: list[Step], kind: str) -> str:
    of_kind = [step for step in steps if step.kind == kind]
    return f"{sum(not step.wrong for step in of_kind)}/{len(of_kind)}" if of_kind else "-"
