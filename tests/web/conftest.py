"""The browser that the tests of the web app share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.web.browser_kit import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One chromium for all tests of this folder that a worker runs one after another."""
    with chromium() as found:
        yield found
