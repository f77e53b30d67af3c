"""Reads the roster again while a board runs: learners join, and instructors correct it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labs.errors import ContentError
from labs.workshop.board_source import BoardSource
from labs.workshop.roster import read_roster
from labs.workshop.workshop_run import WorkshopRun


class RosterReader:
    """Updates a board and its rounds with the current roster; a malformed roster changes nothing."""

    def __init__(
        self, path: Path, run: WorkshopRun, source: BoardSource, warn: Callable[[str], None]
    ) -> None:
        self._path = path
        self._run = run
        self._source = source
        self._warn = warn
        self._problem = ""

    def read(self) -> None:
        """Reads the roster, and warns once of each problem with it."""
        try:
            roster, problem = read_roster(self._path, may_be_empty=True), ""
        except ContentError as error:
            roster, problem = self._run.roster, f"the board goes on with the roster as it was: {error}"
        if problem != self._problem:
            self._problem = problem
            if problem:
                self._warn(problem)
        if roster != self._run.roster:
            self._run.roster = roster
            self._source.change_roster(roster)
