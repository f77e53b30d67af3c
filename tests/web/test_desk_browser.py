"""The desk in Debian's chromium: a lab by keyboard, live while the reader types, accessible, as narrow as a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.web.browser_kit import TOKEN, running, violations
from tests.web.desk_kit import DeskKit
from tests.web.test_desk import LAB, PAGES, build, solve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright", reason="pip install playwright")

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def kit(tmp_path: Path) -> DeskKit:
    return DeskKit(tmp_path / "labs")


@pytest.fixture
def address(kit: DeskKit) -> Iterator[str]:
    """A real server of the desk, with its worker."""
    with kit.site.running(), running(kit.site) as found:
        yield found


def opened(browser: Browser, address: str, path: str = "/", **options: Any) -> Page:
    """A page in a context of its own, at this path."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{address}/?token={TOKEN}")
    page.goto(address + path)
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
    """The keys of `labs study`: space, items, grades, undo, end; in a note they are letters."""
    page = opened(browser, address, "/study")
    page.keyboard.press("Space")
    page.locator("text=Card 1 of 10").wait_for()
    page.keyboard.press("Space")
    page.locator(".grades").wait_for()
    page.keyboard.press("3")
    page.locator("text=1 done").wait_for()
    page.keyboard.press("u")
    page.locator("text=0 done").wait_for()
    page.keyboard.press("f")
    page.keyboard.type("suspicious")
    page.keyboard.press("Enter")
    page.locator("text=Flagged: suspicious").wait_for()
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


def test_a_lost_connection_is_said_and_found_again(browser: Browser, kit: DeskKit) -> None:
    """The page stays as it was while the server is away, and shows what has changed when it is back."""
    with running(kit.site) as address:
        page = opened(browser, address, f"/labs/{LAB}")
    page.locator("#lost").wait_for(state="visible")
    assert page.locator("h1").is_visible()
    with kit.history() as history:
        history.store.append(history.new_event("solution", lab=LAB))
    with running(kit.site, urlsplit(address).port or 0):
        page.locator("#lost").wait_for(state="hidden")
        page.locator("text=put-lifecycle-policy").first.wait_for(state="attached")
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(
    scheme: Any, browser: Browser, address: str, embedded: None, kit: DeskKit
) -> None:
    """Axe finds nothing; no page is wider than 320 px or 1280 px."""
    build()
    # axe is injected, which the policy would forbid
    page = opened(browser, address, color_scheme=scheme, bypass_csp=True)
    page.goto(f"{address}/labs/{LAB}")
    page.get_by_role("button", name="Check now").click()
    page.locator(".obj.fail").first.wait_for()
    for path in (*PAGES, "/labs/no-such-lab"):
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        assert violations(page) == [], path
    page.context.close()
