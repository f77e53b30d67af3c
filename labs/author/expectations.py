"""The expected verdict in each state of a lab, in the sandbox and in a real account.

Each function returns what is wrong, and nothing where the verdict is as it has to be.
"""

from __future__ import annotations

from labs.content.lab import Lab
from labs.verdict import LabVerdict, State


def wrong_with_nothing_done(verdict: LabVerdict) -> str:
    """No objective passes before anything was done."""
    passed = [finding.id for finding in verdict.findings if finding.state is State.PASSED]
    return f"passes with nothing done: {', '.join(passed)}" if passed else ""


def wrong_at_start(verdict: LabVerdict) -> str:
    """The state with which a lab starts does not pass."""
    return "the start state passes" if verdict.passed else ""


def wrong_with_solution(verdict: LabVerdict) -> str:
    """Every objective passes."""
    wrong = [
        f"{each.id} is {each.state.value} ({each.found or each.message})"
        for each in verdict.findings
        if each.state is not State.PASSED
    ]
    return "; ".join(wrong)


def wrong_with_mistake(lab: Lab, name: str, verdict: LabVerdict) -> str:
    """The objectives that the mistake breaks do not pass; the others do, or are blocked."""
    breaks = set(lab.task.mistakes[name].breaks)
    slipped = [each.id for each in verdict.findings if each.id in breaks and each.state is State.PASSED]
    if slipped:
        return f"passes all the same: {', '.join(slipped)}"
    unsure = [each.id for each in verdict.findings if each.state is State.INCONCLUSIVE]
    if unsure:
        return f"could not be judged: {', '.join(unsure)}"
    others = [each for each in verdict.findings if each.id not in breaks]
    hurt = [each.id for each in others if each.state not in {State.PASSED, State.BLOCKED}]
    return f"fails too, though task.toml does not name it: {', '.join(hurt)}" if hurt else ""
