"""Makes failed objectives inconclusive at emulators that lack what the lab reads.

An emulator that is neither AWS nor the sandbox may drop settings, or run no tasks. A failure there is no mistake of the
learner unless probes (`labs.sandbox.fidelity`) have shown that the emulator provides everything that the lab reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from labs.aws.faults import Reason
from labs.aws.session import AwsSession
from labs.verdict import LabVerdict, State
from labs.verify.job import Job
from labs.verify.judging import could_not_read

MAX_NAMED = 3
"""Maximum number of gaps in a message."""


def emulator(session: AwsSession) -> str | None:
    """The endpoint of the emulator that a session uses; None for AWS and the sandbox."""
    if session.target().kind == "sandbox":
        return None
    from labs.sandbox.fidelity.emulators import is_aws

    return next((url for url in sorted(session.answered_at) if not is_aws(url)), None)


def known(session: AwsSession) -> tuple[str, ...] | None:
    """The names of the probes that fail at the emulator; None if it has not been probed."""
    if session.lacks is not None or session.where.maps is None:
        return session.lacks
    from labs.sandbox.fidelity.emulators import kept

    url = emulator(session)
    return None if url is None else kept(session.where.maps, session.endpoint or url)


def without_gaps(verdict: LabVerdict, job: Job, session: AwsSession) -> LabVerdict:
    """The verdict with `inconclusive` instead of `failed` if the emulator may be the cause."""
    if job.looks_for_leftovers or all(each.state is not State.FAILED for each in verdict.findings):
        return verdict
    message = _gaps(session, job.verifier.reads)
    if not message:
        return verdict
    findings = tuple(
        replace(could_not_read(each, Reason(message)), found="", expected="", near=())
        if each.state is State.FAILED
        else each
        for each in verdict.findings
    )
    return replace(verdict, findings=findings)


def _gaps(session: AwsSession, reads: Iterable[str]) -> str:
    """Why these reads prove nothing at this endpoint, as a sentence; empty if they do."""
    if emulator(session) is None:
        return ""
    lacks = known(session)
    if lacks is None:
        return "nobody has found out yet whether this emulator provides what this lab reads"
    from labs.sandbox.fidelity.map import missing

    gaps = missing(lacks, reads)
    more = f"; and {len(gaps) - MAX_NAMED} more" if len(gaps) > MAX_NAMED else ""
    return f"this emulator lacks what this lab needs: {'; '.join(gaps[:MAX_NAMED])}{more}" if gaps else ""
