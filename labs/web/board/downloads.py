"""Downloads of the board: the files that `labs workshop export` and `report` write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from labs.show import records_text, round_files
from labs.show.grades_file import grades_csv
from labs.web import report
from labs.web.app import download
from labs.workshop.board_source import BoardSource
from labs.workshop.grades import grades
from labs.workshop.lab_records import lab_records
from labs.workshop.seat_result import SeatResult, Summary

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

FIRST_ZIP_YEAR = 1980


@dataclass(frozen=True, slots=True)
class Downloads:
    """The downloads of a board; `home` is the folder of the key that signs receipts."""

    source: BoardSource
    clock: Callable[[], datetime]
    home: Path

    def grades(self, _: Request) -> Response:
        """Grades as CSV, one row per learner."""
        source = self.source
        rows = grades_csv(grades(source.ledger, source.roster, source.labs), source.labs)
        return _text("grades.csv", "text/csv", rows)

    def round_csv(self, _: Request) -> Response:
        """The round as CSV, one row per objective."""
        return _text("round.csv", "text/csv", round_files.csv_text(self._results()))

    def round_json(self, _: Request) -> Response:
        """The round as JSON, as `labs workshop check --format json` prints it."""
        return _text(
            "round.json",
            "application/json",
            round_files.json_text(self._results(), Summary.of(self._results()), 0.0),
        )

    def report(self, _: Request) -> Response:
        """The round as a self-contained HTML file."""
        source = self.source
        page = report.page(
            source.roster.title, source.labs, self._results(), Summary.of(self._results()), self.clock()
        )
        return _text("report.html", "text/html", page)

    def receipts(self, request: Request) -> Response:
        """The receipts of all learners, or of `name`, as a zip file."""
        from labs import __version__
        from labs.verify import receipt

        source, name = self.source, request.args.get("name")
        records = lab_records(source.ledger, source.roster, source.labs)
        wanted = [each for each in records if name in (None, each.seat)]
        signer = receipt.own_key(self.home)
        signed = records_text.sign_records(
            source.roster.title, source.ledger.workshop, wanted, signer, __version__
        )
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for each in signed:
                if each.receipt is not None:
                    entry = zipfile.ZipInfo(each.file, (FIRST_ZIP_YEAR, 1, 1, 0, 0, 0))
                    archive.writestr(entry, receipt.dump(each.receipt) + "\n")
        return download(content.getvalue(), "receipts.zip", "application/zip")

    def _results(self) -> Iterator[SeatResult]:
        return self.source.ledger.results(self.source.roster, self.source.labs)


def _text(name: str, kind: str, chunks: Iterable[str]) -> Response:
    return download("".join(chunks).encode(), name, kind)
