"""Reads a roster that is a table, as a spreadsheet saves it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from labs.errors import ContentError, Fault

PARAMETER = "param:"
SURPLUS = "\n"
"""DictReader's key for cells beyond the header: no column can have this name."""
PASSED_ON = ("email", "id", "group")
"""Columns that boards and exports know by name."""
OF_PEOPLE = ("role", "region")
"""In capitals, these are columns of a list of people: Student, Europe."""

Row = tuple[str, dict[str, Any]]
"""The location of a seat in the file, for messages, and its fields."""


def csv_rows(path: Path, text: str, fields: Collection[str]) -> Iterator[Row]:
    """The seats of a table. Empty rows are skipped, and known columns may be written in capitals."""
    separator = _separator(text)
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey=SURPLUS, strict=True, delimiter=separator)
    try:
        columns = _columns(
            [str(name).strip() for name in reader.fieldnames or ()], {*fields, *PASSED_ON} - {*OF_PEOPLE}
        )
        _refuse_header(path, columns)
        reader.fieldnames = columns
        for cells in reader:
            surplus = cells.pop(SURPLUS, ())
            named = {key: (value or "").strip() for key, value in cells.items()}
            if not any(named.values()) and not any(map(str.strip, surplus)):
                continue
            where = f"{path}:{reader.line_num}"
            if surplus:
                raise ContentError(Fault(where, "more cells than the header has columns"))
            parameters = {
                key.removeprefix(PARAMETER): value
                for key, value in named.items()
                if key.startswith(PARAMETER) and value
            }
            row: dict[str, Any] = {
                key: value for key, value in named.items() if value and not key.startswith(PARAMETER)
            }
            yield where, {**row, **({"parameters": parameters} if parameters else {})}
    except csv.Error as error:
        raise ContentError(Fault(f"{path}:{reader.line_num}", str(error))) from error


def _separator(text: str) -> str:
    """The separator of the header's cells: Excel writes semicolons where a comma is for decimals."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _columns(given: list[str], known: Collection[str]) -> list[str]:
    """The names of the columns; `Name` means `name`, unless there is one, too."""
    return [name.lower() if name.lower() in {*known} - {*given} else name for name in given]


def _refuse_header(path: Path, columns: list[str]) -> None:
    """Raises ContentError for columns without a name, and for two with the same name."""
    faults = ["a column of the header has no name"] * ("" in columns)
    faults += [f"column {name!r} appears twice" for name, times in Counter(columns).items() if times > 1]
    if faults:
        raise ContentError(*(Fault(f"{path}:1", what) for what in faults))
