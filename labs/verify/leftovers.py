"""The resources of a lab that are still in the account, for a clean-up or as the objective of `--cleaned`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from labs.aws.faults import reason
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession
from labs.aws.worker_threads import in_time
from labs.content.lab import Lab
from labs.content.lab_task import Goal
from labs.content.verifier import Verifier
from labs.errors import CouldNotLook, LimitReached
from labs.sdk import Account, CannotTell, Failed, Leftover, Names, Objective, Outcome, Passed
from labs.verify.job import Job, check_parameters
from labs.verify.judging import distinct

ID = "cleaned"
BETWEEN = "; "


def leftovers(
    lab: Lab,
    verifier: Verifier,
    given: Mapping[str, str],
    session: AwsSession,
    seen: Sequence[str] = (),
) -> list[Leftover]:
    """The distinct resources of a lab in the account; `seen` are ids that its checks identified.

    Raises CouldNotLook if the account cannot be read.
    """
    check_parameters(lab, given)
    try:
        return in_time(session.scope.limits, lambda: _leftovers(lab, verifier, given, session, seen))
    except LimitReached as error:
        session.give_up(error)
        raise CouldNotLook(str(error)) from error


def _leftovers(
    lab: Lab, verifier: Verifier, given: Mapping[str, str], session: AwsSession, seen: Sequence[str]
) -> list[Leftover]:
    session.identify()
    context = CheckContext(session.scope, frozenset(verifier.reads))
    try:
        names = lab.names(given, account=session.account_id(), region=session.region)
        with check_context(context):
            left = [
                thing for each in verifier.leftovers for thing in each.find(session.account(), names, seen)
            ]
    except (Exception, SystemExit) as error:
        raise CouldNotLook(reason(error, context.allowed, context.reads).text) from error
    if context.refused:
        raise CouldNotLook(
            f"what is left was asked by {distinct(context.refused)}, which is not among the lab's reads"
        )
    if context.exceeded:
        raise CouldNotLook(context.exceeded)
    return list(dict.fromkeys(left))


def cleaned_job(lab: Lab, verifier: Verifier, given: Mapping[str, str], seen: Sequence[str] = ()) -> Job:
    """A job with one objective: nothing of the lab is left in the account."""

    def nothing_is_left(account: Account, names: Names) -> Outcome:
        """Nothing of the lab is left."""
        if not verifier.leftovers:
            raise CannotTell(f"{lab.id} does not say what it may leave behind")
        left = [str(thing) for each in verifier.leftovers for thing in each.find(account, names, seen)]
        if left:
            return Failed(
                BETWEEN.join(dict.fromkeys(left)),
                f"nothing of {lab.id}",
                "Resources that are left can cost money. Check which depends on which.",
            )
        return Passed("nothing is left")

    hints = (
        "Remove first what you created last.",
        f"labs clean {lab.id} prints the commands in the order that works.",
    )
    goal = Goal(ID, f"Nothing of {lab.id} is left", hints)
    task = msgspec.structs.replace(lab.task, objectives=(goal,), cards=(), mistakes={})
    objective = Objective(ID, nothing_is_left, effect=True)
    judged = Verifier(verifier.reads, (objective,), verifier.leftovers)
    return Job(Lab(lab.id, lab.folder, task), judged, given, looks_for_leftovers=True)
