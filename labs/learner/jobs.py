"""Makes the job of a check: a lab with the parameters of the current attempt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from labs.aws.pack_checks import verifier_of
from labs.content.links import objective_cards
from labs.verify.job import Job, check_parameters
from labs.verify.leftovers import cleaned_job

if TYPE_CHECKING:
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.learner.history import History


def job_of(
    lab: Lab,
    catalog: Catalog,
    history: History,
    given: Mapping[str, str],
    only: tuple[str, ...] = (),
    *,
    cleaned: bool = False,
) -> Job:
    """The job of a check; with `cleaned`, that of `--cleaned`. Raises UsageError for an unknown objective."""
    named = {name: value for name, value in given.items() if name in lab.task.parameters}
    own = {**history.started_with(lab.id), **named}
    check_parameters(lab, own)
    verifier = verifier_of(catalog, lab)
    job = (
        cleaned_job(lab, verifier, own, history.seen(lab.id))
        if cleaned
        else Job(lab, verifier, own, only, objective_cards(lab, catalog.decks()))
    )
    job.objectives()
    return job
