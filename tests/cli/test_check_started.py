"""`labs check` without a lab: the one whose attempt was started last."""

from __future__ import annotations

import pytest

from tests.builders import Labs


def test_without_an_attempt_it_asks_which_lab(labs: Labs) -> None:
    code, _, err = labs("check")
    assert code == 2
    assert "Which lab?" in err


@pytest.mark.slow
def test_a_hint_is_for_the_lab_that_was_started_last(labs: Labs, embedded: None) -> None:
    assert labs("hint")[0] == 2
    assert labs("start", "ecr-repository")[0] == 0
    code, out, _ = labs("hint")
    assert (code, "Next hint: labs hint ecr-repository" in out) == (0, True)


@pytest.mark.slow
def test_it_checks_the_lab_that_was_started_last(labs: Labs, embedded: None) -> None:
    for lab in ("ecs-placement", "ecr-repository"):
        assert labs("start", lab)[0] == 0
    code, out, _ = labs("check", "--format", "json")
    assert code == 1
    assert '"lab": "ecr-repository"' in out
    assert "ecs-placement" not in out


@pytest.mark.parametrize("option", ["--all"])
def test_all_means_every_lab(labs: Labs, option: str) -> None:
    code, _, err = labs("check", "ecr-repository", option)
    assert code == 2
    assert "Name labs, or use --all" in err
