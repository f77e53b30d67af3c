"""The history of whoever runs this command."""

from __future__ import annotations

from labs.cli import runtime
from labs.learner import history
from labs.learner.history import History

__all__ = ["History", "open_history"]


def open_history() -> History:
    """The history in this learner's folder, on this machine's clock."""
    return history.open_history(runtime.home(), runtime.now, runtime.warn)
