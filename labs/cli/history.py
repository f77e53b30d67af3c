"""Opens the history of the learner who runs the command."""

from __future__ import annotations

from labs.cli import runtime
from labs.learner import history
from labs.learner.history import History

__all__ = ["History", "open_history"]


def open_history() -> History:
    """The history in the learner's folder, with the clock of this machine."""
    return history.open_history(runtime.home(), runtime.now, runtime.warn)
