"""The expected verdict in each state of a lab, in the sandbox and in a real account.

Each function returns what is wrong with a verdict, or an empty string.
"""

from __future__ import annotations

from collections.abc import Set

from labs.content.lab import Lab
from labs.sdk import iam_roles
from labs.verdict import Finding, LabVerdict, State


def wrong_with_nothing_done(verdict: LabVerdict) -> str:
    """Expects that no objective passes, and none is inconclusive."""
    passed = [finding.id for finding in verdict.findings if finding.state is State.PASSED]
    return f"passes with nothing done: {', '.join(passed)}" if passed else _not_judged(verdict)


def wrong_at_start(verdict: LabVerdict) -> str:
    """Expects that the start state does not pass the lab, and no objective is inconclusive."""
    return "the start state passes" if verdict.passed else _not_judged(verdict)


def wrong_with_solution(verdict: LabVerdict) -> str:
    """Expects that every objective passes."""
    wrong = [each for each in verdict.findings if each.state is not State.PASSED]
    return "; ".join(f"{each.id} {each.state.value}: {_why(each)}" for each in wrong)


def wrong_with_mistake(lab: Lab, name: str, verdict: LabVerdict) -> str:
    """Expects that the objectives broken by the mistake do not pass, and all others pass or are blocked."""
    breaks = set(lab.task.mistakes[name].breaks)
    slipped = [each.id for each in verdict.findings if each.id in breaks and each.state is State.PASSED]
    if slipped:
        return f"passes despite the mistake: {', '.join(slipped)}"
    if unsure := _not_judged(verdict):
        return unsure
    others = [each for each in verdict.findings if each.id not in breaks]
    hurt = [each.id for each in others if each.state not in {State.PASSED, State.BLOCKED}]
    return f"fails too, though task.toml does not name it: {', '.join(hurt)}" if hurt else ""


def idle_reads(listed: Set[str], asked: Set[str]) -> str:
    """Expects that every listed read is used. `iam_roles.may` needs some only for policies with conditions."""
    simulates = "iam:SimulatePrincipalPolicy" in asked
    idle = sorted(listed - asked - (set(iam_roles.POLICY_READS) if simulates else set()))
    return f"listed in READS, and asked for in none of these steps: {', '.join(idle)}" if idle else ""


def _not_judged(verdict: LabVerdict) -> str:
    unsure = [f"{each.id} ({_why(each)})" for each in verdict.findings if each.state is State.INCONCLUSIVE]
    return f"could not be judged: {'; '.join(unsure)}" if unsure else ""


def _why(finding: Finding) -> str:
    """The text of a finding that did not pass, with the location of an error in the check."""
    failed = f"found {finding.found}, expected {finding.expected}"
    why = failed if finding.state is State.FAILED else finding.message
    return f"{why}; {finding.code}" if finding.code else why
