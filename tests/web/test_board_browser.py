"""The board in a real browser: accessible, live without disturbing its reader, complete without JavaScript, inert."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labs.web.board.site import BoardSite
from labs.web.join_site import JoinSite
from labs.workshop.database import Sqlite
from labs.workshop.joining import Joining, JoinRules
from labs.workshop.ledger import Ledger
from labs.workshop.seat_checker import SeatAccess
from labs.workshop.seat_result import SeatResult
from tests.web.board_kit import HOSTILE, NOW, account, board_site, content, learners, play, verdict
from tests.web.browser_kit import TOKEN, running, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytest.importorskip("playwright", reason="pip install playwright")
pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.slow]

LABS = content()[0][10:16]
SEATS = 16
LAB, OBJECTIVE = LABS[0].id, LABS[0].task.objectives[4].id
PAGES = (
    "/",
    "/?state=stuck",
    "/labs",
    f"/lab?id={LAB}",
    "/objectives",
    f"/objective?lab={LAB}&id={OBJECTIVE}",
    "/learner?name=Mateus+Silva",
    "/projector",
    "/export",
    "/nothing",
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a ledger with the rounds of a morning."""
    file = tmp_path_factory.mktemp("played") / "r.db"
    database = Sqlite(file)
    play(Ledger(database, "w"), learners(SEATS, len(LABS)), LABS)
    database.close()
    return file


@pytest.fixture
def ledger(played: Path, tmp_path: Path) -> Iterator[Ledger]:
    """A copy of that ledger."""
    database = Sqlite(Path(shutil.copy(played, tmp_path)))
    yield Ledger(database, "w")
    database.close()


@pytest.fixture
def site(ledger: Ledger, tmp_path: Path) -> BoardSite:
    return board_site(ledger, learners(SEATS, len(LABS)), tmp_path, LABS)


@pytest.fixture
def address(site: BoardSite) -> Iterator[str]:
    with running(site) as found:
        yield found


def opened(context: BrowserContext, address: str, path: str = "/") -> Page:
    """A page of the board, by the whole address that the terminal shows."""
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    page.goto(f"{address}/?token={TOKEN}")
    assert page.url == f"{address}/"
    if path != "/":
        page.goto(address + path)
    return page


def passes(ledger: Ledger, seat: int, score: int) -> None:
    """A round finds that a learner has come so far in the first lab."""
    name = learners(SEATS, len(LABS))[seat].name
    found = SeatResult(name, account(seat), (verdict(LABS[0], score),), None, 7, 0.5, "eu-west-1")
    ledger.record(ledger.start_round([LAB], SEATS, NOW), found, NOW)


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light"), (1920, "dark")])
def test_every_page_is_accessible_and_fits(width: int, scheme: Any, browser: Browser, address: str) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )  # axe is injected, which the policy would forbid
    page = opened(context, address)
    for path in PAGES:
        page.goto(address + path)
        assert (path, violations(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)
    context.close()


def test_a_change_leaves_the_reader_alone(browser: Browser, address: str, ledger: Ledger) -> None:
    """Cells change; typed text, focus, selection, scroll position and open details stay as they are."""
    context = browser.new_context(viewport={"width": 1280, "height": 500})
    page = opened(context, address)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.locator("details.help summary").first.click()
    note = page.locator("details.help[open] input[name=note]")
    note.fill("showed the AMI")
    page.evaluate("scrollTo(0, 300); document.activeElement.setSelectionRange(3, 9)")
    cell = page.locator(f'tr[data-k="1"] a[data-l="{LAB}"]')
    total = len(LABS[0].task.objectives)
    assert f"{total - 1}/{total}" not in cell.inner_text()
    passes(ledger, 0, total - 1)
    page.locator(f'tr[data-k="1"] a[data-l="{LAB}"]', has_text=f"{total - 1}/{total}").wait_for()
    kept = "[scrollY, document.activeElement.name, document.activeElement.selectionStart, document.activeElement.value]"
    assert page.evaluate(kept) == [300, "note", 3, "showed the AMI"]
    assert errors == []
    context.close()


def test_finding_a_learner_keeps_the_page_and_the_address(browser: Browser, address: str) -> None:
    from playwright.sync_api import expect

    context = browser.new_context()
    page = opened(context, address)
    page.evaluate("window.untouched = true")
    page.get_by_label("Find a learner").press_sequentially("müll")
    expect(page).to_have_url(re.compile("q=m%C3%BCll"))
    expect(page.locator("#rows tr")).to_have_count(1)
    assert page.evaluate("[window.untouched, document.activeElement.id, document.activeElement.value]") == [
        True,
        "find",
        "müll",
    ]
    context.close()


def test_by_keyboard_alone_a_learner_is_helped(browser: Browser, address: str, ledger: Ledger) -> None:
    """From "Skip to content" to the first in the queue, who helped, a note; after a snooze the next one has focus."""
    from playwright.sync_api import expect

    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = opened(context, address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    while page.evaluate("document.activeElement.textContent") != "Helped":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Ann")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong AMI")
    page.keyboard.press("Enter")
    page.get_by_text("helped by Ann").first.wait_for()
    (event,) = ledger.events()
    assert (event.who, event.note) == ("Ann", "wrong AMI")
    expect(page.locator(":focus")).to_have_text("Helped")

    def answer_after_the_live_update(route: Route) -> None:
        answer = route.fetch()
        page.get_by_text("1 snoozed").wait_for()
        route.fulfill(response=answer)

    page.route("**/snooze", answer_after_the_live_update)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".queue li:first-child a:focus").wait_for()
    page.locator("details.help summary").first.click()
    expect(page.locator("details.help[open] input[name=who]")).to_have_value("Ann")
    context.close()


def test_a_dead_server_is_told_and_found_again(browser: Browser, site: BoardSite, ledger: Ledger) -> None:
    context = browser.new_context()
    with running(site) as address:
        page = opened(context, address)
        port = int(address.rpartition(":")[2])
        assert page.locator("#lost").is_hidden()
    page.locator("#lost").wait_for(state="visible")
    assert "Connection lost since" in page.locator("#lost").inner_text()
    assert "Mateus Silva" in page.locator("#rows").inner_text()
    passes(ledger, 1, 1)
    with running(site, port):
        page.locator("#lost").wait_for(state="hidden")
        page.locator(f'tr[data-k="2"] a[data-l="{LAB}"]', has_text="1/").wait_for()
    context.close()


def test_two_viewers_see_the_same_break(browser: Browser, address: str) -> None:
    contexts = [browser.new_context(viewport={"width": 1280, "height": 800}) for _ in range(2)]
    ann, bob = (opened(context, address) for context in contexts)
    ann.get_by_role("button", name="Start a break").click()
    bob.get_by_text("Checks go on").wait_for()
    bob.get_by_role("button", name="End the break").first.click()
    ann.get_by_text("Checks go on").wait_for(state="detached")
    for context in contexts:
        context.close()


def test_without_javascript_everything_is_there(browser: Browser, address: str) -> None:
    """All rows, links, forms, and a page that asks for itself again."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?token={TOKEN}")
    assert page.locator("#rows tr").count() == SEATS
    page.get_by_label("Find a learner").fill("müll")
    page.get_by_role("button", name="Show").click()
    assert page.locator("#rows tr").count() == 1
    page.goto(address)
    page.get_by_role("button", name="Snooze 10 min").first.click()
    assert "1 snoozed" in page.content()
    context.close()


def test_a_hostile_name_runs_nothing(browser: Browser, address: str) -> None:
    """No dialog opens, no policy is violated, and the name leads to its page."""
    context = browser.new_context()
    page = opened(context, address)
    messages: list[str] = []
    page.on("dialog", lambda dialog: messages.append(dialog.message))
    page.on("console", lambda message: messages.append(message.text))
    page.locator(f'tr[data-k="{SEATS}"] th a').click()
    assert "<script>alert(1)</script>" in page.locator("h1").inner_text()
    assert messages == []
    assert HOSTILE.startswith("<script>")
    context.close()


def test_three_hundred_seats_are_twelve_rows(browser: Browser, tmp_path: Path) -> None:
    """A tap on a group shows its learners, not the top of the page; nothing is wider than a phone."""
    from playwright.sync_api import expect

    labs = LABS[:2]
    people = learners(300, len(labs))
    database = Sqlite(tmp_path / "r.db")
    play(Ledger(database, "w"), people, labs)
    site = board_site(Ledger(database, "w"), people, tmp_path, labs)
    with running(site) as address, browser.new_context(viewport={"width": 420, "height": 900}) as context:
        page = opened(context, address)
        assert page.locator("tr.grp").count() == 12
        assert page.locator("#rows tr").count() == 0
        page.get_by_role("link", name="table 7").last.click()
        expect(page.locator("tr[data-k]")).to_have_count(25)
        expect(page.locator("#everyone")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") == 420
    database.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_joining_on_a_phone(scheme: Any, browser: Browser, site: BoardSite, tmp_path: Path) -> None:
    """A refusal is shown and nothing typed is lost; no page is wider than the screen, and axe finds nothing."""
    (tmp_path / "room.toml").write_text('title = "Room"\n', "utf-8")
    denied = SeatAccess("", None, "denied", "sts:AssumeRole")
    joining = Joining(tmp_path / "room.toml", b"key", lambda _: denied, JoinRules(approve=True))
    site.options = replace(site.options, joining=joining)
    below = JoinSite(joining, site.name, lambda own: {"ExternalId": own}).sub_site()
    with running(site, below=below) as address, browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto(f"{address}/join?token={joining.token}")
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("ARN of the role").fill("arn:aws:iam::111122223333:role/labs-check")
        page.get_by_role("button", name="Join").click()
        page.get_by_role("alert").filter(has_text="lacks your external ID").wait_for()
        assert page.get_by_label("Your name").input_value() == "Ada"
        joining.addresses = [f"{address}/join?token={joining.token}"]
        for path in ("/join", f"/joining?token={TOKEN}"):
            page.goto(f"{address}{path}")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == 320
