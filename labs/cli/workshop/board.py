"""The board in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.cli import runtime

if TYPE_CHECKING:
    from labs.workshop.ledger import Ledger
    from labs.workshop.round_scheduler import RoundScheduler
    from labs.workshop.workshop_run import WorkshopRun


def watch_board(run: WorkshopRun, ledger: Ledger, scheduler: RoundScheduler) -> None:
    """The board in the terminal, until Ctrl-C; off a terminal, a board for each round."""
    import time

    from labs.show.board_screen import board_screen
    from labs.show.board_text import board_lines, round_text
    from labs.workshop.workshop_run import board_of

    def draw(width: int, height: int | None) -> list[str]:
        now = runtime.now()
        footer = round_text(ledger.rounds(), now)
        return board_lines(board_of(ledger, run.roster, run.labs, now), width, footer, height)

    seen = -1
    with board_screen(draw, runtime.width()) as screen:
        try:
            while True:
                screen.refresh()
                if seen != scheduler.done:
                    seen = scheduler.done
                    screen.round_done()
                time.sleep(1)
        except KeyboardInterrupt:
            return
