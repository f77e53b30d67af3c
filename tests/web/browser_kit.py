"""Debian's chromium for tests, and what axe finds in a page."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from labs.web.app import Site, SubSite
from labs.web.serve import Listening, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
TOKEN = "the-token"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; without it the test is skipped, but not on a machine that proves changes (CI)."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "apt-get install chromium: CI looks at the web app in a browser"
        pytest.skip("no browser here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def running(site: Site, port: int = 0, below: SubSite | None = None) -> Iterator[str]:
    """A server of a site in a thread; its address without the token."""
    with served(site, Listening(port=port, token=TOKEN), below) as (server, addresses):
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield addresses[0].partition("/?")[0]
        finally:
            server.shutdown()
            thread.join()


def violations(page: Page) -> list[Any]:
    """The faults that axe finds for keyboards, screen readers and eyes."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[Any] = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
