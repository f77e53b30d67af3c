"""Whether a lab was put away: one more objective, judged like any other, so that every fault stays a fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from labs.content.lab import Lab
from labs.content.lab_task import Goal
from labs.content.pack import Verifier
from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed
from labs.verify.runner import Job

ID = "cleaned"
BETWEEN = "; "


def cleaned_job(lab: Lab, verifier: Verifier, given: Mapping[str, str], seen: Sequence[str] = ()) -> Job:
    """A job in which a lab has one objective: that nothing of it is left in the account."""

    def nothing_is_left(account: Account, names: Names) -> Outcome:
        """Nothing of the lab is left."""
        if not verifier.leftovers:
            raise CannotTell(f"{lab.id} does not say what it may leave behind")
        left = [str(thing) for each in verifier.leftovers for thing in each.find(account, names, seen)]
        if left:
            return Failed(
                BETWEEN.join(dict.fromkeys(left)),
                f"nothing of {lab.id}",
                "What stands may cost. What depends on what?",
            )
        return Passed("nothing is left")

    hints = (
        "What was made last goes first.",
        f"labs clean {lab.id} prints the commands in the order that works.",
    )
    goal = Goal(ID, f"Nothing of {lab.id} is left", hints)
    task = msgspec.structs.replace(lab.task, objectives=(goal,), cards=(), mistakes={})
    objective = Objective(ID, nothing_is_left, effect=True)
    judged = Verifier(verifier.reads, (objective,), verifier.leftovers)
    return Job(Lab(lab.id, lab.folder, task), judged, given, finds_things=True)
