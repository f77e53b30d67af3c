"""The loop of `labs study`: shows a card, reads a key, acts on it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labs.content.pack import Catalog
    from labs.show.terminal import Screen
    from labs.study.session import CardView, StudySession

KEY_WORDS = {
    "again": "1",
    "hard": "2",
    "good": "3",
    "easy": "4",
    "show": "\n",
    "undo": "u",
    "skip": "s",
    "help": "?",
    "quit": "q",
    "exit": "q",
}
"""Words that the plain screen accepts, and the keys that they stand for."""


def run_session(session: StudySession, catalog: Catalog, *, plain_lines: bool) -> None:
    """Shows cards until none is left or the learner quits with `q` or Ctrl-C."""
    from labs.show.terminal import open_screen

    if session.state.current is None:
        return
    with open_screen(plain_lines=plain_lines) as screen:
        controller = StudyController(session, screen, catalog)
        try:
            while controller.handle_key():
                pass
        except KeyboardInterrupt:
            session.quit()


class StudyController:
    """Maps the learner's keys to steps of a session."""

    def __init__(self, session: StudySession, screen: Screen, catalog: Catalog) -> None:
        self.session = session
        self.screen = screen
        self.catalog = catalog
        self.keys: dict[str, Callable[[CardView, str], None]] = {
            "u": lambda _, __: session.undo(),
            "s": lambda _, __: session.skip(),
            "!": lambda _, __: session.suspend(),
            "q": lambda _, __: session.quit(),
            "": lambda _, __: session.quit(),
            "f": self._flag,
            "e": self._edit,
            "o": self._open,
            "l": self._lab,
            "c": self._correction,
            "i": self._information,
            "?": self._help,
        }

    def handle_key(self) -> bool:
        """Shows the card and handles one key. Returns False when the session is over."""
        from labs.show import card

        view = self.session.view()
        if view is None:
            return False
        self.screen.show(
            lambda width, colour: (card.body(view, width, colour=colour), card.foot(view, width))
        )
        key, rest = self.screen.ask()
        self.session.notice = ""
        self._dispatch(view, KEY_WORDS.get(key.casefold(), key), rest)
        return True

    def _dispatch(self, view: CardView, key: str, rest: str) -> None:
        if key in ("\n", " "):
            self._continue(view)
        elif key in ("1", "2", "3", "4"):
            self._grade(view, int(key))
        elif items := _ticks(view, f"{key} {rest}"):
            for item in items:
                self.session.tick(item)
        elif (do := self.keys.get(key) or self.keys.get(key.lower())) is not None:
            do(view, rest)
        else:
            pressed = f"{key!r} is not a key." if key.isprintable() else "That is not a key."
            self.session.notice = f"{pressed} Press ? for help."

    def _continue(self, view: CardView) -> None:
        """Reveals the answer; if it is revealed, accepts the suggested grade, if there is one."""
        if not view.revealed:
            self.session.reveal()
        elif view.suggested is not None:
            self.session.grade(view.suggested)
        else:
            self.session.notice = "Grade the card: 1 Again, 2 Hard, 3 Good, 4 Easy."

    def _grade(self, view: CardView, number: int) -> None:
        from labs.study.schedule import Grade

        if view.revealed:
            self.session.grade(Grade(number))
        else:
            self.session.notice = "Show the answer first: press Space or Enter."

    def _flag(self, _: CardView, rest: str) -> None:
        note = rest or self.screen.line("Note: ")
        if note is not None:
            self.session.flag(note.strip())

    def _help(self, _: CardView, __: str) -> None:
        from labs.show import card

        self.screen.page(card.HELP)

    def _information(self, view: CardView, _: str) -> None:
        from labs.show import card

        self.screen.page(card.information(view, self.session.state))

    def _correction(self, view: CardView, _: str) -> None:
        from labs.show import card

        if view.revealed:
            self.screen.page(card.corrections(view))
        else:
            self.session.notice = "Show the answer first. The update would give it away."

    def _lab(self, view: CardView, rest: str) -> None:
        """Shows the brief of the lab that practises the card; asks which one if there are several."""
        from labs.cli import runtime
        from labs.show import brief

        if not view.labs:
            self.session.notice = "This card has no lab yet."
            return
        chosen = rest if rest in view.labs else view.labs[0]
        if len(view.labs) > 1 and not rest:
            answer = self.screen.line(f"{', '.join(view.labs)} [{chosen}]: ")
            if answer is None:
                return
            chosen = answer.strip() if answer.strip() in view.labs else chosen
        lab = self.catalog.lab(chosen)
        names = {**runtime.region_and_account(), **lab.task.parameters}
        decks = [self.session.decks.get(deck.name, deck) for deck in self.catalog.decks()]  # may be edited
        self.screen.page(brief.render_brief(lab, names, decks, runtime.width()))

    def _open(self, view: CardView, rest: str) -> None:
        """Opens the link with this number in the browser. Only http and https: decks are untrusted text."""
        import webbrowser

        urls = view.urls
        if not urls:
            self.session.notice = "This card has no links."
            return
        asked = rest or ("1" if len(urls) == 1 else self.screen.line(f"Link, 1 to {len(urls)}: "))
        number = (asked or "").strip()
        url = urls[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(urls) else ""
        if not re.match(r"https?://", url):
            self.session.notice = (
                f"Not a web address: {url}" if url else f"There is no link {number}." if number else ""
            )
        else:
            with self.screen.aside():
                opened = webbrowser.open(url)
            self.session.notice = f"Opened {url}" if opened else f"No browser was found for {url}"

    def _edit(self, view: CardView, _: str) -> None:
        """Opens the deck in the learner's editor and reads it again. An installed deck is copied first."""
        from labs.content.deck import read_deck

        path = self.session.decks[view.deck].path
        if path is None:
            return
        installed = any(pack.module and pack.decks == path.parent for pack in self.catalog.packs)
        if installed:
            path = _own_copy(path)
        with self.screen.aside():
            fault = _edited(path, view.card.line)
        if fault:
            self.session.notice = fault
            return
        self.session.reread(read_deck(path))
        if installed:
            self.session.notice = f"You edited your copy. Study it: labs study {path}"


def _ticks(view: CardView, letters: str) -> list[int]:
    """The indices of the list items with these letters; empty if one of the letters is not an item."""
    signs = letters.replace(" ", "")
    items = [ord(sign) - ord("a") for sign in signs]
    meant = view.tickable and view.revealed and all(0 <= item < len(view.card.items) for item in items)
    return items if meant else []


def _own_copy(path: Path) -> Path:
    """The learner's copy of an installed deck, created if needed: an upgrade would overwrite the original."""
    from labs.cli import options, runtime

    copy = runtime.home() / "decks" / path.name
    if not copy.is_file():
        options.make_folder(copy.parent)
        options.write(copy, path.read_bytes())
    return copy


def _edited(path: Path, line: int) -> str:
    """Runs the learner's editor at a line of a file. Returns the error as text, or an empty string."""
    import os
    import subprocess

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        process = subprocess.run([*shlex.split(editor), f"+{line}", str(path.resolve())], check=False)  # noqa: S603 - the user's own editor
    except (OSError, ValueError) as error:
        return f"{editor}: {error}"
    return f"{editor} ended with {process.returncode}" if process.returncode else ""
