"""The board in a real browser, Debian's chromium: live, accessible, complete without JavaScript, inert."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labs.show.web.app import Site, make_app
from labs.show.web.change_stream import ChangeStream
from labs.workshop.database import Sqlite
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat
from tests.workshop.test_ledger import LAB, START, minute, result, verdict
from tests.workshop.test_rounds import HOSTILE
from tests.workshop.test_web import Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright", reason="pip install playwright")

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.slow]

CHROMIUM = shutil.which("chromium")
SCREENS = {"phone": (360, 740), "laptop": (1280, 800), "projector": (1920, 1080)}
PICTURES = os.environ.get("LABS_SCREENSHOTS")
"""A folder for pictures of the pages, to be looked at by people."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; without it the tests are skipped, but not on a machine that proves changes (CI)."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "apt-get install chromium: CI looks at the board in a browser"
        pytest.skip("no browser here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    database = Sqlite(tmp_path / "rounds.db")
    yield Ledger(database, "A workshop")
    database.close()


ServeWorkshop = Callable[[int], Running]


@pytest.fixture
def serve(ledger: Ledger, tmp_path: Path) -> ServeWorkshop:
    """Serves the board of so many learners, half of them done, some of them stuck, one of an evil name."""

    def serve(learners: int) -> Running:
        names = [HOSTILE, *(f"learner-{number:03}" for number in range(1, learners))]
        one = ledger.start_round([LAB, "ecr-push"], learners, START)
        for number, name in enumerate(names):
            for looked in (0, 1 + number % 2):
                state = ("passed", "passed") if number % 2 else ("passed", "failed")
                labs = (verdict(*state), verdict("failed", "blocked", lab="ecr-push"))
                ledger.record(one, result(*labs, name=name), minute(looked))
        ledger.record(one, result(verdict("inconclusive"), name=names[-1], error="denied"), minute(3))
        roster = Roster("ECS workshop", tuple(Seat(name) for name in names))
        return Running(Site(ledger, roster, (LAB, "ecr-push"), lambda: minute(20)), tmp_path)

    return serve


def violations(page: Page) -> list[Any]:
    """What axe finds wrong for keyboards, screen readers and eyes."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[Any] = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_is_accessible_on_every_screen(
    screen: str, scheme: Any, browser: Browser, serve: ServeWorkshop
) -> None:
    """Axe finds nothing; no page is wider than its screen."""
    running = serve(12)
    width, height = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
    )  # axe is injected, which the policy would forbid
    page = context.new_page()
    for name, address in (("board", ""), ("learner", "learner?name=learner-002")):
        page.goto(running.url + address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        picture(page, f"{name}-{screen}-{scheme}")
    context.close()


def test_cells_turn_green_without_a_reload(browser: Browser, serve: ServeWorkshop, ledger: Ledger) -> None:
    """A round of anybody's changes the open page; the focus stays where the reader is, the counts are announced."""
    running = serve(6)
    page = browser.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(running.url)
    page.evaluate("window.untouched = true")
    link = page.get_by_role("link", name="learner-002").last
    link.focus()
    cell = page.locator("tr", has_text="learner-002").locator("td.cell").first
    assert cell.text_content() == "1/2"
    another = ledger.start_round([LAB], 1, START)
    ledger.record(another, result(verdict("passed", "passed"), name="learner-002"), minute(15))
    page.locator("tr", has_text="learner-002").locator("td.cell.passed").first.wait_for(timeout=5000)
    assert page.evaluate("window.untouched") is True
    assert page.evaluate("document.activeElement.textContent") == "learner-002"
    assert errors == []
    page.close()


def test_the_open_page_finds_a_server_that_was_started_again(
    browser: Browser, ledger: Ledger, tmp_path: Path
) -> None:
    """The page stays while the server is away, and is live again with the next one."""
    import uvicorn

    one = ledger.start_round([LAB], 1, START)
    ledger.record(one, result(verdict("passed", "failed")), minute(0))
    site = Site(ledger, Roster("R", (Seat("ada"),)), (LAB,), lambda: minute(1))
    servers: list[uvicorn.Server] = []
    threads: list[threading.Thread] = []

    def start(port: int) -> int:
        listening = socket.create_server(("127.0.0.1", port))
        changes = ChangeStream(ledger.revision, lambda: servers[-1].should_exit, poll_seconds=0.1)
        config = uvicorn.Config(make_app(site, changes), log_level="error", timeout_graceful_shutdown=1)
        servers.append(uvicorn.Server(config))
        threads.append(threading.Thread(target=servers[-1].run, args=([listening],), daemon=True))
        threads[-1].start()
        return int(listening.getsockname()[1])

    port = start(0)
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    servers[0].should_exit = True
    threads[0].join(10)
    assert not threads[0].is_alive()
    assert "ada" in str(page.text_content("main"))
    ledger.record(one, result(verdict("passed", "passed")), minute(2))
    start(port)
    page.locator("td.cell.passed").wait_for(timeout=10_000)
    page.close()


def test_without_javascript_everything_is_there(browser: Browser, serve: ServeWorkshop) -> None:
    """The same table, links that work, and a page that asks for itself again."""
    running = serve(6)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(running.url)
    assert page.locator("tbody tr").count() == 6
    page.get_by_role("link", name="learner-002").last.click()
    assert "learner-002" in str(page.text_content("h1"))
    assert page.locator("table").count() == 2
    context.close()


def test_a_hostile_name_runs_nothing(browser: Browser, serve: ServeWorkshop) -> None:
    """No dialog opens, no policy is violated, and the name can be clicked."""
    running = serve(4)
    page = browser.new_page()
    messages: list[str] = []
    page.on("dialog", lambda dialog: messages.append(dialog.message))
    page.on("console", lambda message: messages.append(message.text))
    page.goto(running.url)
    page.get_by_role("link", name="<script>").last.click()
    assert "<script>alert(1)</script>" in str(page.text_content("h1"))
    assert messages == []
    page.close()


def test_by_keyboard_alone(browser: Browser, serve: ServeWorkshop) -> None:
    """Tab leads to the board first, then to each learner; Enter opens."""
    running = serve(4)
    page = browser.new_page()
    page.goto(running.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    while page.evaluate("document.activeElement.tagName") != "A" or page.evaluate(
        "document.activeElement.className"
    ):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/learner?name=" in url)
    page.close()


def test_five_hundred_learners_are_shown_quickly(browser: Browser, serve: ServeWorkshop) -> None:
    """All rows, in less than two seconds on a slow machine."""
    running = serve(500)
    page = browser.new_page()
    page.goto(running.url)
    assert page.locator("tbody tr").count() == 500
    spent = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    assert spent < 2000, spent
    picture(page, "board-500")
    page.close()
