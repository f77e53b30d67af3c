"""Grades as CSV for grade books, one row for each learner, with the roster's own columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from labs.show.round_files import csv_row
from labs.workshop.grades import LearnerGrades

FIRST = ("name", "email", "id", "group", "account")
LAST = ("total", "last_change")


def grades_csv(grades: Iterable[LearnerGrades], labs: Sequence[str]) -> Iterator[str]:
    """The header, then a row for each learner; further columns of the roster come last."""
    known = list(grades)
    more = list(dict.fromkeys(name for grade in known for name in grade.seat.extra if name not in FIRST))
    yield csv_row((*FIRST, *labs, *LAST, *more))
    for grade in known:
        extra = grade.seat.extra
        changed = grade.last_change.astimezone(UTC).isoformat(timespec="seconds") if grade.last_change else ""
        yield csv_row(
            (
                grade.seat.name,
                *(extra.get(name, "") for name in FIRST[1:-1]),
                grade.account or "",
                *(str(grade.points.get(lab, 0)) for lab in labs),
                str(grade.total),
                changed,
                *(extra.get(name, "") for name in more),
            )
        )
