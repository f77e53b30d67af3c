"""Judges one lab: the only module that makes `blocked` and `inconclusive` findings.

A check can only return Passed or Failed. Anything that it raises becomes `inconclusive` with the reason, and an
objective that needs one that did not pass is `blocked`: no error turns into `failed` or `passed`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from msgspec.structs import replace

from labs.aws.faults import Reason, reason
from labs.aws.key_tracking import keys_read
from labs.aws.read_only_guard import unattributed_calls
from labs.aws.request_scope import CheckContext, Read, check_context
from labs.aws.session import AwsSession
from labs.errors import LimitReached
from labs.sdk import Account, Failed, Objective, Outcome, Passed
from labs.verdict import Finding, LabVerdict, State
from labs.verify.code_lines import code_lines
from labs.verify.evidence import evidence
from labs.verify.job import Job
from labs.verify.unknown_values import unknown_values

MAX_PHRASE = 2000
"""Characters of what a check found, expected, and hints at."""
MAX_NEAR = 20


class LabRun:
    """A lab that is being judged: its findings so far."""

    def __init__(self, job: Job, session: AwsSession) -> None:
        self.job = job
        self.session = session
        self.objectives = job.objectives()
        self.findings: dict[str, Finding] = {}
        self._over = False
        self.started = self.finished = time.monotonic()
        self.parameters, self.fault = self._parameters()

    def _parameters(self) -> tuple[dict[str, str], BaseException | None]:
        """The lab's parameters, and the error if a name contains the account ID and the account is not known."""
        lab, given = self.job.lab, self.job.given
        if not needs_account(self.job, self.session):
            return lab.names(given, account="", region=self.session.region), None
        if fault := self.session.fault():
            return {**lab.task.parameters, **given}, fault
        return lab.names(given, account=self.session.account_id(), region=self.session.region), None

    def ready(self, started: set[str]) -> list[Objective]:
        """The objectives that have not started and whose needs have all been judged."""
        return [
            objective
            for objective in self.objectives
            if objective.id not in started and all(need in self.findings for need in objective.needs)
        ]

    def keep(self, finding: Finding) -> None:
        """Adds a finding, unless the run is over."""
        if self._over:
            return
        self.findings[finding.id] = finding
        self.finished = time.monotonic()

    def judge(self, objective: Objective) -> Finding:
        """The finding of one objective; never raises."""
        unmet = [need for need in objective.needs if self.findings[need].state is not State.PASSED]
        blank = _blank(self.job, objective, self.parameters)
        if unmet:
            return replace(blank, message=f"blocked by {', '.join(unmet)}")
        if self.fault:
            return could_not_read(blank, reason(self.fault))
        return self._run_check(objective, blank)

    def _run_check(self, objective: Objective, blank: Finding) -> Finding:
        context = CheckContext(self.session.scope, frozenset(self.job.verifier.reads))
        unattributed_before = len(unattributed_calls)

        def check(account: Account) -> Outcome:
            return objective.check(account, self.parameters)

        try:
            with check_context(context):
                outcome = check(self.session.account())
            read = partial(keys_read, self.session, context.allowed, check)
            finding = _judged(blank, outcome, context.reads, read)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - no error of a check may become the learner's mistake
            why = reason(error, context.allowed, context.reads)
            code = code_lines(error, objective.check)
            finding = replace(could_not_read(blank, why), evidence=evidence(context.reads), code=code)
        if context.exceeded:
            return could_not_read(blank, Reason(context.exceeded))
        if context.refused:
            refused = distinct(context.refused)
            return could_not_read(
                blank, Reason(f"the check asked for {refused}, which is not among its reads")
            )
        if len(unattributed_calls) > unattributed_before:
            calls = distinct(unattributed_calls[unattributed_before:])
            return could_not_read(
                blank, Reason(f"{calls} was asked for in a thread without a check's context")
            )
        return finding

    def give_up(self, error: LimitReached) -> None:
        """Makes every objective without a finding inconclusive, and ignores later findings."""
        self._over = True
        for objective in self.objectives:
            if objective.id not in self.findings:
                blank = _blank(self.job, objective, self.parameters)
                self.findings[objective.id] = could_not_read(blank, reason(error))

    def verdict(self) -> LabVerdict:
        """All findings, in the order of the lab."""
        findings = tuple(self.findings[objective.id] for objective in self.objectives)
        seconds = self.finished - self.started
        lab = self.job.lab
        return LabVerdict(lab.id, lab.task.title, dict(self.parameters), findings, seconds, lab.pack)


def needs_account(job: Job, session: AwsSession) -> bool:
    """Whether the account ID must be known first: a name contains it, or `--account` is given."""
    return bool(session.where.account) or any(
        "{account}" in value for value in {**job.lab.task.parameters, **job.given}.values()
    )


def unseen(job: Job, why: Reason) -> LabVerdict:
    """The verdict on a lab in an account that could not be opened: all objectives inconclusive, with one reason."""
    names = {**job.lab.task.parameters, **job.given}
    findings = tuple(could_not_read(_blank(job, objective, names), why) for objective in job.objectives())
    return LabVerdict(job.lab.id, job.lab.task.title, names, findings, 0.0, job.lab.pack)


def could_not_read(finding: Finding, why: Reason) -> Finding:
    """The finding as `inconclusive`, for this reason."""
    return replace(finding, state=State.INCONCLUSIVE, message=why.text, action=why.action)


def distinct(calls: Iterable[str]) -> str:
    """The distinct names of calls, joined by commas."""
    return ", ".join(dict.fromkeys(calls))


def _blank(job: Job, objective: Objective, names: Mapping[str, str]) -> Finding:
    """The finding of an objective whose check has not run."""
    return Finding(
        objective.id,
        job.lab.title(objective.id, names),
        State.BLOCKED,
        objective.needs,
        cards=job.cards.get(objective.id, ()),
        effect=objective.effect,
    )


def _judged(
    blank: Finding, outcome: Outcome, reads: list[Read], keys_read: Callable[[], Collection[str]]
) -> Finding:
    """The finding for an outcome. Raises TypeError if the check returned something else."""
    if not isinstance(outcome, Passed | Failed):
        raise TypeError(f"it returned {outcome!r} where Passed or Failed was due")
    paths = (
        (outcome.evidence,)
        if isinstance(outcome.evidence, str) and outcome.evidence
        else tuple(outcome.evidence)
    )
    seen = evidence(reads, paths)
    # A failure may rest on anything that the check read; a pass rests on its evidence alone.
    within = [each.value for each in seen] if paths and isinstance(outcome, Passed) else None
    unknown = unknown_values(reads, keys_read, within)
    if unknown:
        values = ", ".join(unknown)
        message = (
            f"AWS answered {values}, which this version of the check does not know: look for a newer one"
        )
        return replace(could_not_read(blank, Reason(message)), evidence=seen)
    match outcome:
        case Passed(found=found):
            return replace(blank, state=State.PASSED, found=_cut(found), evidence=seen)
        case Failed(found=found, expected=expected, hint=hint, near=near):
            return replace(
                blank,
                state=State.FAILED,
                found=_cut(found),
                expected=_cut(expected),
                message=_cut(hint),
                near=tuple(map(_cut, near[:MAX_NEAR])),
                evidence=seen,
            )


def _cut(text: str) -> str:
    """A text of a check that may be shown: it can hold what a stranger wrote."""
    return text if len(text) <= MAX_PHRASE else f"{text[: MAX_PHRASE - 1]}…"
