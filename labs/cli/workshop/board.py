"""The board in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.cli import runtime

if TYPE_CHECKING:
    from labs.workshop.board_source import BoardSource
    from labs.workshop.round_scheduler import RoundScheduler


def watch_board(source: BoardSource, scheduler: RoundScheduler) -> None:
    """The board in the terminal, until Ctrl-C; off a terminal, a board for each round."""
    import time

    from labs.show.board_screen import board_screen
    from labs.show.board_text import board_lines, round_text

    def draw(width: int, height: int | None) -> list[str]:
        now = runtime.now()
        footer = round_text(source.rounds(), now)
        return board_lines(source.board(now), width, footer, height, source.notices(now))

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
