"""How far a round has come: told on a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from labs.show.progress_bar import progress
from labs.workshop.seat_result import SeatResult
from tests.workshop.workshop_kit import Cli, seat, write


class Screen(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def _result(name: str) -> SeatResult:
    return SeatResult(name, None, (), None, 0, 0.0)


def test_on_a_terminal_the_bar_counts_seats_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last update counts all of them; then the cursor is back and the line is empty."""
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    monkeypatch.setenv("TERM", "xterm")
    with progress(3) as update:
        for name in ("ann", "\x1b]0;evil\x07", "cyd"):
            update(_result(name))
    output = screen.getvalue()
    assert "seats" in output
    assert "3/3" in output
    assert "evil" not in output
    assert output.rindex("\x1b[2K") > output.rindex("3/3"), "the line is erased at the end"
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l"), "the cursor is shown again"


def test_off_a_terminal_nothing_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(3) as update:
        update(_result("ann"))
    assert capsys.readouterr() == ("", "")


def test_the_bar_never_stands_in_the_document(
    accounts: None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard error is a terminal, standard output a file: JSON all the same."""
    roster = write(tmp_path / "r.toml", seat("ann", profile="nope"))
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    ran = cli("workshop", "check", roster, "a-group", "--format", "json")
    assert list(ran.seats) == ["ann"]
    assert "1/1" in screen.getvalue()


@pytest.mark.parametrize("format_", ["json", "csv", "html"])
def test_round_after_round_is_for_people_only(format_: str, cli: Cli, tmp_path: Path) -> None:
    """Two documents on one stream would be none: --every is refused, before anything is looked at."""
    ran = cli(
        "workshop", "check", write(tmp_path / "r.toml", seat("ann")), "--every", "5", "--format", format_
    )
    assert ran.code == 2
    assert "labs workshop export" in ran.err
    if format_ == "json":
        assert "--every" in ran.json["error"]
    else:
        assert ran.out == ""
