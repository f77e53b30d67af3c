"""The desk in Debian's chromium: a lab by keyboard, live while the reader types, accessible, as narrow as a phone."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labs.web.serve import Listening, served
from tests.web.desk_kit import TOKEN, DeskKit
from tests.web.test_desk import LAB, PAGES, build, solve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright", reason="pip install playwright")

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.slow]

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; without it the tests are skipped, but not on a machine that proves changes (CI)."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "apt-get install chromium: CI looks at the desk in a browser"
        pytest.skip("no browser here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def kit(tmp_path: Path) -> DeskKit:
    return DeskKit(tmp_path / "labs")


@pytest.fixture
def address(kit: DeskKit) -> Iterator[str]:
    """A real server of the desk, with its worker."""
    with kit.site.running(), served(kit.site, Listening(token=TOKEN)) as (server, addresses):
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield addresses[0]
        server.shutdown()
        thread.join()


def opened(browser: Browser, address: str, path: str = "/", **options: Any) -> Page:
    """A page of its own, at this path; what it complains of is in `complaints`."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(20_000)
    page.goto(address)
    page.goto(address.partition("/?")[0] + path)
    return page


def press(page: Page, name: str) -> None:
    """Goes to a control by Tab, as often as it takes, and presses Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent.trim()")
        if focused == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_lab_by_keyboard(browser: Browser, address: str, embedded: None) -> None:
    """From the first page to "all passed", without a mouse and without a reload after a check."""
    page = opened(browser, address)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    press(page, f"Open {LAB}")
    page.wait_for_url(f"**/labs/{LAB}")
    press(page, "Start")
    page.locator("text=Started less than").wait_for()
    ecr = build()
    page.evaluate("window.untouched = true")
    press(page, "Check now")
    page.locator(".obj.fail").first.wait_for()
    press(page, "Hint (1 of 3)")
    page.locator("text=Next hint (2").wait_for()
    solve(ecr)
    press(page, "Check now")
    page.locator("text=All 5 objectives passed").wait_for()
    assert page.evaluate("window.untouched") is True
    assert complaints == []
    page.context.close()


def test_cards_by_their_keys(browser: Browser, address: str, kit: DeskKit) -> None:
    """The keys of `labs study`: space, items, grades, undo, end."""
    page = opened(browser, address, "/study")
    page.keyboard.press("Space")
    page.locator("text=Card 1 of 10").wait_for()
    page.keyboard.press("Space")
    page.locator(".grades").wait_for()
    page.keyboard.press("3")
    page.locator("text=1 done").wait_for()
    page.keyboard.press("u")
    page.locator("text=0 done").wait_for()
    page.keyboard.press("q")
    page.locator("text=0 cards done").wait_for()
    page.context.close()


def test_a_change_leaves_the_reader_alone(browser: Browser, address: str, kit: DeskKit) -> None:
    """Typed text, focus, open details and the place on the page stay when the terminal does something."""
    page = opened(browser, address, f"/labs/{LAB}", viewport={"width": 420, "height": 500})
    page.get_by_text("Names: repository").click()
    page.locator("input[name=repository]").fill("labs/mine")
    scrolled = page.evaluate("scrollY")
    assert scrolled > 0
    with kit.history() as history:
        history.store.append(history.new_event("solution", lab=LAB))
    page.locator("text=put-lifecycle-policy").first.wait_for(state="attached")
    assert page.evaluate("document.activeElement.name") == "repository"
    assert page.locator("input[name=repository]").input_value() == "labs/mine"
    assert page.evaluate("scrollY") == scrolled
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(
    scheme: Any, browser: Browser, address: str, embedded: None, kit: DeskKit
) -> None:
    """Axe finds nothing; no page is wider than 320 px or 1280 px."""
    from axe_playwright_python.sync_playwright import Axe

    build()
    # axe is injected, which the policy would forbid
    page = opened(browser, address, color_scheme=scheme, bypass_csp=True)
    page.goto(f"{address.partition('/?')[0]}/labs/{LAB}")
    page.get_by_role("button", name="Check now").click()
    page.locator(".obj.fail").first.wait_for()
    for path in (*PAGES, "/labs/no-such-lab"):
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address.partition("/?")[0] + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], path
    page.context.close()
