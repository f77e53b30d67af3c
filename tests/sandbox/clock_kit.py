"""The sandbox's clock in the hands of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from labs.sandbox.world import clock


@contextmanager
def clock_set_to(source: Callable[[], datetime]) -> Iterator[None]:
    """Takes the sandbox's time from `source` while the block runs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", source)
        yield
