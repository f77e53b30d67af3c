"""The clean-up is tried wherever a learner may stop, and in equal states once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs.author import clean_proof
from labs.author.clean_proof import CleanProof
from labs.author.prefixes import Prefixes
from labs.content.pack import open_catalog
from labs.sandbox.world.journal import Header, Journal, JournalEntry, RecordedRequest
from labs.sdk import Leftover
from labs.verify.cleanup.removal import Removed

LAB = open_catalog().lab("ecr-push")


def request(operation: str, **given: str) -> RecordedRequest:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "REQUEST_URI": "/",
        "HTTP_X_AMZ_TARGET": f"Service.{operation}",
        "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=A/20261129/eu-west-1/ecr/aws4_request, Signature=0",
    }
    return RecordedRequest(environ, json.dumps(given).encode())


def world(path: Path, *requests: RecordedRequest | None, status: int = 200) -> Path:
    journal = Journal.create(path, Header(born=0, seed=1))
    for each in requests:
        journal.append(JournalEntry(1, 2, each, status))
    journal.close()
    return path


CREATED = request("CreateRepository", repositoryName="labs/web")
SCANNED = request("UpdateScanning", repositoryName="labs/web")
TAGGED = [request("PutImage", imageId=f"0123abcd{number}", imageTag="v1") for number in (1, 2)]


def test_states_that_differ_in_ids_and_attributes_are_one(tmp_path: Path) -> None:
    """What failed, time that passed, and what the lab's start did make no new state."""
    prefixes = Prefixes(world(tmp_path / "start", CREATED))
    solution = world(tmp_path / "solution", CREATED, SCANNED, None, TAGGED[0])
    assert [(each.changes, each.services) for each in prefixes.of(solution)] == [(1, {"ecr"}), (3, {"ecr"})]
    assert not [*prefixes.of(world(tmp_path / "other", CREATED, TAGGED[1], SCANNED))]
    assert not [*prefixes.of(world(tmp_path / "failed", CREATED, request("CreateCluster"), status=400))]
    [twice] = prefixes.of(world(tmp_path / "twice", CREATED, *TAGGED))
    assert twice.world == (tmp_path / "twice").read_bytes()


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The result of a proof in which these resources are there after each clean-up of the solution, or of mistakes."""
    things: list[dict[str, str]] = []
    monkeypatch.setattr(clean_proof, "Inventory", lambda _: SimpleNamespace(things=lambda _: things.pop(0)))
    remover = SimpleNamespace(remove=lambda _: Removed())
    monkeypatch.setattr(clean_proof, "Remover", lambda *_: remover)
    monkeypatch.setattr(clean_proof.control, "client", lambda _: None)
    monkeypatch.setattr(clean_proof, "stages", lambda _: ())
    empty = world(tmp_path / "empty")
    solution, mistake = world(tmp_path / "solution", CREATED), world(tmp_path / "mistake", CREATED, TAGGED[0])
    states = SimpleNamespace(
        sandbox=SimpleNamespace(realistic=False),
        environment={},
        wait=None,
        enter=lambda *_: "",
        load=lambda *_: None,
        world=lambda _, *ways: (
            solution if ways and ways[-1].stem == "solution" else mistake if ways else empty
        ),
    )

    def wrong(of_solution: dict[str, str], of_mistake: dict[str, str]) -> str:
        things[:] = [{}, {"ecr repository/labs/web": ""}, of_solution, of_mistake]
        return CleanProof(states, lambda _: [Leftover("repository", "labs/web")]).wrong(LAB)  # type: ignore[arg-type] # only these parts

    return wrong


def test_a_clean_up_leaves_nothing_at_any_step(after: Any) -> None:
    assert after({}, {}) == ""
    left = "left behind, and not found by LEFTOVERS"
    assert after({"ecr other": ""}, {}) == f"after 1 changes of the solution: {left}: ecr other"
    wrong = after({}, {"ecr repository/labs/web": ""})
    assert wrong.endswith(f": {left}: ecr repository/labs/web")
    assert wrong.startswith("after 2 changes of mistake ")


def test_what_a_mistake_makes_under_another_name_may_stay(after: Any) -> None:
    """With what it uses: a learner's own names cannot be known, and `labs clean` says so."""
    assert after({}, {"ecr repository/mine": "", "ec2 eni-1": ""}) == ""
    assert "eni-1" in after({}, {"ec2 eni-1": ""})
