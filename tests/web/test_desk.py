"""The desk's pages and actions, by a browser without JavaScript: a whole lab, study, progress."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from labs.errors import SandboxError
from labs.store.queries import checks
from labs.verify.receipt import Receipt
from labs.web.desk.sandbox_page import placement
from tests.builders import shared_session
from tests.web.desk_kit import OWN, DeskKit

LAB = "ecr-repository"
PAGES = ("/", f"/labs/{LAB}", "/labs/ecs-placement", "/study", "/progress", "/sandbox")
RULES = [
    {
        "rulePriority": priority,
        "selection": {"tagStatus": status, "countType": count, "countNumber": number, **more},
        "action": {"type": "expire"},
    }
    for priority, status, count, number, more in (
        (1, "untagged", "sinceImagePushed", 7, {"countUnit": "days"}),
        (2, "any", "imageCountMoreThan", 10, {}),
    )
]


@pytest.fixture
def kit(tmp_path: Path) -> DeskKit:
    return DeskKit(tmp_path / "labs")


def build(**scanning: bool) -> Any:
    """The repository of the lab."""
    ecr: Any = shared_session().client("ecr")
    ecr.create_repository(
        repositoryName="labs/web", imageTagMutability="IMMUTABLE", imageScanningConfiguration=scanning
    )
    return ecr


def solve(ecr: Any) -> None:
    """Adds what the lab still needs."""
    ecr.put_image_scanning_configuration(
        repositoryName="labs/web", imageScanningConfiguration={"scanOnPush": True}
    )
    ecr.put_lifecycle_policy(repositoryName="labs/web", lifecyclePolicyText=json.dumps({"rules": RULES}))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_script_and_holds_none(path: str, kit: DeskKit) -> None:
    """The page has nothing that its policy forbids: no style and no script of its own; no id twice."""
    page = kit.get(path)
    assert " style=" not in page
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/app.js" defer>']
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<h1") == 1
    assert '<main id="main"' in page


def test_the_first_page_proposes_the_first_lab_and_todays_cards(kit: DeskKit) -> None:
    page = kit.get("/")
    assert f'href="/labs/{LAB}"' in page
    assert "0 due, 10 new" in page
    assert page.count('class="lab"') == 20


@pytest.mark.slow
def test_a_whole_lab(kit: DeskKit, embedded: None) -> None:
    """Start, a check that fails, a hint, a check that passes, what is left, the next lab; all in the history."""
    page = kit.post(f"/start/{LAB}")
    assert "Started less than a minute ago" in page
    ecr = build(scanOnPush=False)
    page = kit.post(f"/check/{LAB}")
    assert "2 passed, 3 failed" in page
    assert page.count('<details class="obj fail" open>') == 1  # the next thing to do, and no more
    assert "ecr:DescribeRepositories" in page
    page = kit.post(f"/hint/{LAB}", objective="scan-on-push")
    assert "<dt>hint 1</dt>" in page
    assert "Next hint (2 of" in page
    solve(ecr)
    page = kit.post(f"/check/{LAB}")
    assert "All 5 objectives passed" in page
    assert 'href="/labs/ecr-push">Next: ecr-push' in page
    page = kit.post(f"/clean/{LAB}", do="look")
    assert "aws ecr delete-repository" in page
    assert "in the sandbox" not in page  # nothing of the learner's own account is removed
    with kit.history() as history:
        assert [check.result.score for check in checks(history.store)] == [2, 5]
        assert [event.kind for event in history.store.events(kinds=["hint"])] == ["hint"]


def test_removing_is_refused_outside_of_the_sandbox(kit: DeskKit, embedded: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("labs.aws.session.SANDBOX_HEADER", "x-none")
    build()
    assert "works only in the sandbox" in kit.post(f"/clean/{LAB}", do="remove")
    assert shared_session().client("ecr").describe_repositories()["repositories"]


@pytest.mark.slow
def test_a_watch_checks_again_and_ends_when_all_passed(kit: DeskKit, embedded: None) -> None:
    """Its first and its last run are checks; in between the page alone shows what is seen."""
    page = kit.post(f"/watch/{LAB}", on=1)
    assert 'aria-pressed="true"' in page
    ecr = build()
    kit.seconds += 60
    kit.desk.worker.run_due()
    assert "2 passed" in kit.get(f"/labs/{LAB}")
    solve(ecr)
    kit.seconds += 60
    assert kit.desk.worker.run_due() is None  # nothing is to be done any more
    page = kit.get(f"/labs/{LAB}")
    assert 'aria-pressed="false"' in page
    assert "All 5 objectives passed" in page
    with kit.history() as history:
        assert [check.result.score for check in checks(history.store)] == [0, 5]


@pytest.mark.slow
def test_a_watch_can_be_ended(kit: DeskKit, embedded: None) -> None:
    kit.post(f"/watch/{LAB}", on=1)
    assert 'aria-pressed="false"' in kit.post(f"/watch/{LAB}", on=0)
    kit.seconds += 60
    kit.desk.worker.run_due()
    with kit.history() as history:
        assert len(checks(history.store)) == 1


@pytest.mark.slow
def test_what_another_check_found_is_there_after_a_restart(kit: DeskKit, embedded: None) -> None:
    kit.post(f"/check/{LAB}")
    again = DeskKit(kit.home)
    assert "1 failed, 4 blocked" in again.get(f"/labs/{LAB}")


def test_why_nothing_was_checked_is_said(kit: DeskKit) -> None:
    def stopped() -> Any:
        raise SandboxError("no sandbox is running: `labs sandbox start` starts one")

    kit.desk.connect = stopped
    page = kit.post(f"/check/{LAB}")
    assert "no sandbox is running" in page
    assert "5 not checked" in page


def test_hostile_names_are_text(kit: DeskKit, embedded: None) -> None:
    """A name of the learner's own, in the brief, in titles and in the form."""
    name = "<img src=x onerror=alert(1)>"
    page = kit.post(f"/start/{LAB}", repository=name)
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_the_solution_is_shown_once_it_was_asked_for(kit: DeskKit) -> None:
    assert "put-lifecycle-policy" not in kit.get(f"/labs/{LAB}")
    assert "put-lifecycle-policy" in kit.post(f"/solution/{LAB}")


def test_an_unknown_lab_is_refused_with_its_neighbours(kit: DeskKit) -> None:
    answer = kit.client.get("/labs/ecr-repositor")
    assert answer.status_code == 404
    assert "ecr-repository?" in answer.text


# study


def shown(page: str) -> str:
    """The card in front."""
    found = re.search(r'name="ref" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_study_session(kit: DeskKit) -> None:
    """Reveal, tick, take the suggestion, undo; each grade is stored at once."""
    page = kit.post("/study", do="start")
    assert "Show the answer" in page
    ref = shown(page)
    page = kit.post("/study", do="reveal", ref=ref)
    while 'name="items"' not in page:
        page = kit.post("/study", do="3", ref=shown(page))
        page = kit.post("/study", do="reveal", ref=shown(page))
    ref = shown(page)
    page = kit.post("/study", do="tick", ref=ref, items="1", item=["0"])
    assert "suggests <b>" in page
    page = kit.post("/study", do="4", ref=ref, items="1", item=["0", "1"])
    assert shown(page) != ref
    with kit.history() as history:
        [last] = history.store.events(kinds=["review"], newest=1)
    assert (last.card, last.rating) == (ref, 4)
    page = kit.post("/study", do="undo", ref=shown(page))
    assert shown(page) == ref


def test_a_grade_of_a_card_that_is_gone_is_ignored(kit: DeskKit) -> None:
    """A second click, or a page that stood open since."""
    page = kit.post("/study", do="start")
    first = shown(page)
    page = kit.post("/study", do="reveal", ref=first)
    page = kit.post("/study", do="3", ref=first)
    assert shown(kit.post("/study", do="3", ref=first)) == shown(page)
    with kit.history() as history:
        assert len(history.store.events(kinds=["review"])) == 1


def test_the_end_of_a_session_says_how_it_went(kit: DeskKit) -> None:
    page = kit.post("/study", do="start")
    page = kit.post("/study", do="reveal", ref=shown(page))
    page = kit.post("/study", do="1", ref=shown(page))
    page = kit.post("/study", do="quit", ref=shown(page))
    assert "1 card done, 0 known" in page


# progress and sandbox


@pytest.mark.slow
def test_progress_shows_labs_and_hands_out_receipts(kit: DeskKit, embedded: None) -> None:
    solve(build())
    kit.post(f"/check/{LAB}")
    page = kit.get("/progress")
    assert f'href="/receipts/{LAB}"' in page
    assert "29 Nov 1, 1 days with at least one" in page
    receipt = kit.client.get(f"/receipts/{LAB}")
    assert receipt.headers["Content-Disposition"] == f'attachment; filename="{LAB}.receipt.json"'
    assert json.loads(receipt.text).keys() == set(Receipt.__struct_fields__)
    assert kit.client.get("/receipts/ecs-placement").status_code == 400
    lines = kit.client.get("/progress.jsonl").text.splitlines()
    assert "check" in {json.loads(line)["kind"] for line in lines}


def test_a_stopped_sandbox_can_be_started(kit: DeskKit) -> None:
    page = kit.get("/sandbox")
    assert "stopped" in page
    assert '<input type="hidden" name="do" value="start">' in page


def test_the_sandbox_is_not_asked_while_a_check_is_under_way(kit: DeskKit) -> None:
    """The guard of the check would refuse it."""
    sandbox: Any = None  # nobody asks it
    with kit.desk.aws:
        assert placement(kit.desk, sandbox, seconds=0) is None


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x" * 41])
def test_a_world_is_saved_under_plain_names_only(name: str, kit: DeskKit) -> None:
    answer = kit.client.post("/sandbox", data={"do": "save", "name": name}, headers=OWN)
    assert answer.status_code == 400
    assert not (kit.home / "worlds").exists()


def test_open_pages_hear_of_what_the_terminal_did(kit: DeskKit) -> None:
    before = kit.site.revision()
    with kit.history() as history:
        history.store.append(history.new_event("clean", lab=LAB))
    assert kit.site.revision() != before
