"""A round as data: JSON as `workshop.schema.json` beside this file describes it, CSV and JUnit; seat by seat."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree as ET

from labs.content.markdown import plain
from labs.show.verdict_files import suite
from labs.show.verdict_json import SCHEMA, dumps, found_text, lab_document
from labs.workshop.seat_result import SeatResult, Summary

COLUMNS = ("seat", "account", "lab", "objective", "state", "found", "expected", "message", "action", "error")
_FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""Characters with which a formula of a spreadsheet starts (owasp.org/www-community/attacks/CSV_Injection)."""


def seat_document(seat: SeatResult) -> dict[str, Any]:
    """One seat in the document of a round."""
    return {
        "name": seat.name,
        "account": seat.account,
        "labs": [lab_document(lab) for lab in seat.labs],
        "error": seat.error,
    }


def summary_document(summary: Summary) -> dict[str, Any]:
    """The totals of a round."""
    return {
        "seats": summary.seats,
        "passed": summary.passed,
        "failed": summary.failed,
        "inconclusive": summary.inconclusive,
        "labs": dict(summary.done),
        "failing": [
            {"lab": lab, "objective": objective, "seats": seats}
            for (lab, objective), seats in summary.failing.most_common()
        ],
    }


def json_text(seats: Iterable[SeatResult], summary: Summary, seconds: float) -> Iterator[str]:
    """The output of `labs workshop check --format json`, in parts."""
    before = f'{{\n"schema": {SCHEMA},\n"seats": [\n'
    for seat in seats:
        yield before + dumps(seat_document(seat))
        before = ",\n"
    sums = dumps(summary_document(summary))
    start = before if before.startswith("{") else "\n"
    yield f'{start}],\n"summary": {sums},\n"seconds": {round(seconds, 3)},\n"calls": {summary.calls}\n}}\n'


def csv_text(seats: Iterable[SeatResult]) -> Iterator[str]:
    """A row for each objective of each seat; no cell can be a formula."""
    yield csv_row(COLUMNS)
    for seat in seats:
        for lab in seat.labs:
            for each in lab.findings:
                yield csv_row(
                    (
                        seat.name,
                        seat.account or "",
                        lab.lab,
                        each.id,
                        each.state.value,
                        found_text(each),
                        each.expected,
                        each.message,
                        each.action or "",
                        seat.error or "",
                    )
                )


def junit_text(seats: Iterable[SeatResult]) -> Iterator[str]:
    """JUnit XML: a suite for each lab of each seat, a case for each objective."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="labs workshop">\n'
    for seat in seats:
        for lab in seat.labs:
            element = suite(lab, f"{seat.name} · {lab.lab}")
            ET.indent(element)
            yield ET.tostring(element, encoding="unicode") + "\n"
    yield "</testsuites>\n"


def csv_row(cells: Iterable[str]) -> str:
    """One line of CSV in which no cell can be a formula."""
    line = io.StringIO()
    csv.writer(line).writerow([_inert(cell) for cell in cells])
    return line.getvalue()


def _inert(text: str) -> str:
    """The text on one line, with an apostrophe before what a spreadsheet would interpret as a formula."""
    line = " ".join(plain(text).split())
    return f"'{line}" if line.startswith(_FORMULAS) else line
