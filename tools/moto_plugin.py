"""pytest plugin for moto's own tests: puts the sandbox's extensions into the process, and writes down what failed.

`LABS_MOTO_EXTENDED=1` installs the extensions; without it moto is as it comes. `LABS_MOTO_FAILED` names the file
for the node ids of failed tests, one a line. A test ends after `SECONDS`: some wait for what never comes here.
"""

from __future__ import annotations

import os
import re
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

SECONDS = 40
OLD_IMAGES = ("ami-12c6146b", "ami-03cf127a", "ami-fa7cdd89", "ami-f4cf1d8d")
"""The images that moto's tests launch. AWS had them once; the sandbox offers newer ones."""
EXAMPLE_IMAGES = ("ami-1234abcd", "ami-12345678", "ami-1", "ami-pytest", "ami-12345", "test-ami")
"""Images that moto's tests launch and that AWS never had."""

_failed: list[str] = []


def pytest_configure() -> None:
    """Installs the extensions before any test module is imported."""
    if os.environ.get("LABS_MOTO_EXTENDED"):
        from labs.sandbox import extend
        from labs.sandbox.cloudformation import handlers

        extend.install()
        _add_example_images()
        uuid.uuid4 = _with_a_letter_first
        handlers._NAME = re.compile(r"[a-zA-Z][-_a-zA-Z0-9]*")  # moto's tests name stacks with underscores


_stock_uuid4 = uuid.uuid4


def _with_a_letter_first() -> uuid.UUID:
    """A random UUID that can be the name of a stack, which moto's tests make of it."""
    return uuid.UUID(int=_stock_uuid4().int | 0xA << 124)


def _add_example_images() -> None:
    from moto.ec2.models import ec2_backends
    from moto.ec2.models.amis import Ami, AmiBackend
    from moto.utilities.utils import load_resource

    published = AmiBackend._load_amis
    old = {facts["ami_id"]: facts for facts in load_resource("ec2/resources/amis.json")}
    invented: dict[str, Any] = {
        "owner_id": "123456789012",
        "architecture": "x86_64",
        "virtualization_type": "hvm",
        "public": True,
    }

    def load(backend: Any) -> None:
        published(backend)
        for name in OLD_IMAGES:
            backend.amis[name] = Ami(backend, **old[name])
        for name in EXAMPLE_IMAGES:
            backend.amis[name] = Ami(backend, ami_id=name, name=name, description="x", **invented)

    setattr(AmiBackend, "_load_amis", load)  # noqa: B010 - mypy knows no other way
    ec2_backends.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Ends a test that waits for something that does not happen."""
    signal.signal(signal.SIGALRM, _end)
    signal.alarm(SECONDS)
    try:
        return (yield)
    finally:
        signal.alarm(0)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"not ended after {SECONDS} seconds")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes each test that fails, in its set-up or clean-up too."""
    if report.failed and report.nodeid not in _failed:
        _failed.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Notes each file that cannot be imported: none of its tests is run."""
    if report.failed:
        _failed.append(report.nodeid)


def pytest_sessionfinish() -> None:
    """Writes the list."""
    Path(os.environ["LABS_MOTO_FAILED"]).write_text("\n".join([*_failed, ""]), encoding="utf-8")
