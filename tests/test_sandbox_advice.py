"""The advice to those who have a sandbox and do not reach it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs.doctor.sandbox_advice import sandbox_advice
from labs.sandbox import control
from labs.sandbox.client import connection

RUNNING = SimpleNamespace(url="http://127.0.0.1:4000", port=4000)


def session(endpoint: str | None = None, *, fault: bool = True) -> Any:
    """A session that could not find out whose account it is."""
    where = SimpleNamespace(environment=None, profile=None)
    return SimpleNamespace(endpoint=endpoint, where=where, fault=lambda: ConnectionError() if fault else None)


@pytest.mark.parametrize(
    ("running", "endpoint", "words"),
    [
        (RUNNING, None, "add --sandbox"),
        (RUNNING, "http://127.0.0.1:3999", "labs sandbox env"),
        (None, "http://127.0.0.1:4000", "is stopped"),
        (None, "http://127.0.0.1:3999", ""),
        (None, None, ""),
    ],
)
def test_the_advice_fits_the_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, running: Any, endpoint: str | None, words: str
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(control, "running", lambda _: running)
    monkeypatch.setattr(connection, "last_port", lambda _: 4000)
    advice = sandbox_advice(session(endpoint), tmp_path)
    assert words in advice
    assert bool(words) is bool(advice)


def test_whoever_has_an_account_gets_no_advice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(control, "running", lambda _: RUNNING)
    assert sandbox_advice(session(fault=False), tmp_path) == ""
