"""Draws the pictures of the desk and of the board, from a scripted learner and a rehearsed workshop in sandboxes.

    uv run python -m tools.web_pictures

It needs Debian's chromium and some minutes. `docs/pictures/digest.txt` names the templates and styles that they show.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal

from labs.aws.session import ConnectionOptions
from labs.cli.workshop.joining import ROLE_LASTS, JoinOptions
from labs.content.pack import Catalog, open_catalog
from labs.learner.history import open_history
from labs.sandbox import control
from labs.sandbox.client.connection import ACCOUNT, REGION
from labs.sandbox.commands import AwsCli, aws_cli
from labs.web.app import Site, SubSite
from labs.web.board.lab_texts import lab_texts
from labs.web.board.site import BoardOptions, BoardSite
from labs.web.desk.desk import Desk
from labs.web.desk.site import DeskSite
from labs.web.serve import Listening, served
from labs.workshop.board_source import BoardSource
from labs.workshop.joining import Joining, JoinRequest, JoinRules
from labs.workshop.rehearsal import RoomClock, rehearsal
from labs.workshop.roster import Seat
from labs.workshop.seat_checker import SeatAccess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent
WEB = ROOT / "labs" / "web"
PICTURES = ROOT / "docs" / "pictures"
DIGEST = PICTURES / "digest.txt"
SIZE = {"width": 1280, "height": 800}
QUALITY = 70
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DONE, OPEN, MISTAKE = "ecr-repository", "ecs-placement", "binpack-cpu"
ROOM_LABS = ("ecr-repository", "ecs-task-definition", "ecs-placement")
SEATS, SEED, MINUTES, MINUTES_BETWEEN = 12, 1, 30, 10


def digest() -> str:
    """Equal while the templates and the styles are those that the pictures show."""
    found = hashlib.sha256()
    for file in sorted([*(WEB / "templates").rglob("*.html"), *(WEB / "static").iterdir()]):
        found.update(f"{file.relative_to(WEB).as_posix()}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


def main() -> None:
    """Draws all pictures again."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("apt-get install chromium: the pictures are those that it shows")
    PICTURES.mkdir(exist_ok=True)
    catalog = open_catalog()
    with sync_playwright() as started, aws_cli() as cli:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        draw_desk(browser, catalog, cli)
        draw_board(browser, catalog)
        browser.close()
    DIGEST.write_text(f"{digest()}\n", encoding="utf-8")


def draw_desk(browser: Browser, catalog: Catalog, cli: AwsCli) -> None:
    """A learner has done one lab, is stopped by a mistake in another one, and studies."""
    with control.throw_away() as sandbox:
        environment = control.environment(sandbox)
        desk = Desk(
            catalog,
            sandbox.home,
            lambda: datetime.now(UTC),
            lambda: open_history(sandbox.home, lambda: datetime.now(UTC), print),
            lambda: ConnectionOptions(environment=environment),
            in_sandbox=True,
            place={"account": ACCOUNT, "region": REGION},
        )
        site = DeskSite(desk)
        with site.running(), _running(site) as address:
            page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
            page.goto(address)
            for lab, script in ((DONE, "solution.sh"), (OPEN, f"mistakes/{MISTAKE}.sh")):
                page.goto(f"{_origin(address)}/labs/{lab}")
                page.get_by_role("button", name="Start", exact=True).click()
                variables = catalog.lab(lab).variables(dict(catalog.lab(lab).task.parameters))
                ran = cli.run(catalog.lab(lab).folder / script, {**environment, **variables})
                if ran.exit_code:
                    raise SystemExit(ran.output)
                page.get_by_role("button", name="Check now").click()
                page.locator(".obj.pass").first.wait_for(timeout=120_000)
            page.get_by_role("button", name="Hint (1").first.click()
            page.goto(f"{_origin(address)}/study")
            page.get_by_role("button", name="Study", exact=True).click()
            page.get_by_role("button", name="Show").click()
            page.locator(".grades").wait_for()
            pages = {
                "lab": f"/labs/{OPEN}",
                "lab-done": f"/labs/{DONE}",
                "study": "/study",
                "progress": "/progress",
                "sandbox": "/sandbox",
                "home": "/",
            }
            _draw(page, address, {f"desk-{name}": path for name, path in pages.items()})
            page.close()


def draw_board(browser: Browser, catalog: Catalog) -> None:
    """A room in the middle of a workshop."""
    clock = RoomClock(lambda: datetime.now(UTC), timedelta(minutes=MINUTES))
    labs = [catalog.lab(name) for name in ROOM_LABS]
    with (
        tempfile.TemporaryDirectory() as home,
        rehearsal(catalog, labs, SEATS, SEED, clock, print) as played,
    ):
        rounds = (*range(0, MINUTES, MINUTES_BETWEEN), MINUTES)
        played.play([timedelta(minutes=each) for each in rounds])
        source = BoardSource(played.ledger, played.run.roster, played.run.labs, played.run.writer)
        texts = lab_texts(labs, catalog.decks())
        joining = _joining(Path(home) / "joined.toml")
        options = BoardOptions(
            Path("room.toml"), Path(home), "ann", timedelta(seconds=30), lambda: True, joining
        )
        board = source.board(clock())
        hardest, first = board.hardest[0], board.rows[0]
        pages = {
            "room": "/",
            "labs": "/labs",
            "lab": f"/lab?id={hardest.lab}",
            "objectives": "/objectives",
            "objective": f"/objective?lab={hardest.lab}&id={hardest.objective}",
            "learner": f"/learner?name={first.name}",
            "projector": "/projector",
            "export": "/export",
            "joining": "/joining",
            "join": f"/join?token={joining.token}",
            "error": "/nothing",
        }
        site = BoardSite(source, texts, clock, options)
        rules = JoinOptions(joining.rules, ACCOUNT, clock() + ROLE_LASTS)
        below = rules.site(joining, played.run).sub_site()
        with _running(site, below) as address:
            page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
            page.clock.set_fixed_time(clock())
            _draw(page, address, {f"board-{name}": path for name, path in pages.items()})
            page.close()


def _joining(roster: Path) -> Joining:
    """Two learners have joined, and one of them waits."""
    own: set[str | None] = set()

    def assume(seat: Seat) -> SeatAccess:
        proved = seat.external_id in own
        return SeatAccess(seat.name, None, *((None, None) if proved else ("denied", "sts:AssumeRole")))

    roster.write_text('title = "Rehearsal"\n', "utf-8")
    joining = Joining(roster, b"key", assume, JoinRules(code="plum-42", approve=True))
    joining.addresses = [f"https://ann-laptop.local:8443/join?token={joining.token}"]
    for name, account in (("Ada Lindqvist", "111122223333"), ("Chandra Müller", "444455556666")):
        role = f"arn:aws:iam::{account}:role/labs-check"
        own.add(external_id := joining.new_external_id())
        joining.join(JoinRequest(name, role, "plum-42", external_id, "127.0.0.1"))
    joining.approve("Ada Lindqvist")
    return joining


def _draw(page: Page, address: str, pages: dict[str, str]) -> None:
    """Each page in both themes, as WebP."""
    page.goto(address)
    devtools = page.context.new_cdp_session(page)
    for (name, path), scheme in ((pair, scheme) for pair in pages.items() for scheme in SCHEMES):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(_origin(address) + path)
        answer = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        PICTURES.joinpath(f"{name}-{scheme}.webp").write_bytes(base64.b64decode(answer["data"]))


@contextmanager
def _running(site: Site, below: SubSite | None = None) -> Iterator[str]:
    """A server of a site; its address with the token."""
    with served(site, Listening(), below) as (server, addresses):
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield addresses[0]
        finally:
            server.shutdown()
            thread.join()


def _origin(address: str) -> str:
    return address.partition("/?")[0]


if __name__ == "__main__":
    main()
