"""The mutation score: which mutants a check has, and which of them its states kill."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from labs.author.mutation.measure import MutationRun
from labs.author.mutation.module_reload import reimported
from labs.author.mutation.mutants import mutants
from labs.author.mutation.scores import (
    Known,
    Score,
    Survivor,
    fingerprint,
    keep_scores,
    known_scores,
    read_scores,
)
from labs.author.mutation.sources import CheckSources, reached, read_sources
from labs.author.mutation.states import RecordedState
from labs.author.mutation.unit_tests import UnitTestOracle
from labs.author.proof_step import ProofStep
from labs.content.pack import Catalog
from labs.errors import LabsError
from labs.sdk import Pack
from labs.show import proof_text
from labs.verify.replay import RecordedAnswer
from tests.builders import lab
from tools.mutate import report

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
"""pytest-xdist's workers have threads of their own, which the copies that run unit tests do without."""

HEAD = "from labs.sdk import CannotTell, Failed, Objective, Passed\n"


def sources_of(tmp_path: Path, **texts: str) -> CheckSources:
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    return read_sources("toys", tmp_path, next(iter(texts)))


def changes(tmp_path: Path, body: str) -> list[str]:
    check = f"def check(account, lab):\n    {body}\nOBJECTIVES = (Objective('a', check),)\n"
    return [each.change for each in mutants(sources_of(tmp_path, toy=HEAD + check))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return lab['n'] < 2", ["< 2 → lab['n'] <= 2", "< 2 → lab['n'] >= 2", "2 → 3", "2 → 1"]),
        ("return lab == 'web'", ["lab == 'web' → lab != 'web'", "'web' → 'web~'"]),
        ("return lab in ('a',)", ["lab in ('a',) → lab not in ('a',)", "('a',) → ('a~',)"]),
        ("return not lab", ["not lab → lab"]),
        ("return any(lab)", ["any(lab) → all(lab)"]),
        ("return account and lab", ["→ account or lab", "→ lab", "→ account"]),
        ("return lab.get('essential', True)", ["True → False"]),
        ("return [each for each in lab if each]", ["each → True"]),
        ("return True", ["True → False"]),
        ("return Passed('fine')", ["return Passed('fine') → return Failed('', '', '')"]),
        ("if lab: raise CannotTell('gone')", ["lab → True"]),
        ("return 1 if lab else 2", ["lab → False", "lab → True"]),
        ("return lab['a'] - 1", ["lab['a'] - 1 → lab['a'] + 1"]),
    ],
)
def test_each_kind_of_mistake_makes_its_mutants(tmp_path: Path, body: str, expected: list[str]) -> None:
    found = changes(tmp_path, body)
    assert len(found) == len(expected)
    assert all(change.endswith(end) for change, end in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    "words",
    [
        "f'{lab} or {not lab}'",
        "'one' if lab == 1 else 'many'",
        "_told(lab)",
    ],
)
def test_words_for_people_have_no_mutants(tmp_path: Path, words: str) -> None:
    """A phrase has none, be it written in place, kept in a variable or made by a function of its own."""
    teller = "def _told(lab):\n    return 'a' if lab == 1 else 'b'\n"
    for body in (f"return Passed({words})", f"told = {words}\n    return Passed(told)"):
        check = f"{teller}def check(account, lab):\n    {body}\nOBJECTIVES = (Objective('a', check),)\n"
        found = [each.change for each in mutants(sources_of(tmp_path, toy=HEAD + check))]
        assert len(found) == 1
        assert found[0].endswith("return Failed('', '', '')")


def test_what_is_words_here_and_a_reason_there_has_mutants(tmp_path: Path) -> None:
    """A variable that also decides is no mere phrase."""
    assert "lab == 1 → lab != 1" in changes(
        tmp_path, "one = lab == 1\n    return Passed(f'{one}') if one else None"
    )


def test_a_dropped_need_is_a_mutant(tmp_path: Path) -> None:
    check = "def check(account, lab):\n    raise CannotTell('x')\n"
    tail = "OBJECTIVES = (Objective('a', check), Objective('b', check, needs=('a',)))\n"
    found = [each.change for each in mutants(sources_of(tmp_path, toy=HEAD + check + tail))]
    assert found == ["Objective('b', check, needs=('a',)) → Objective('b', check, needs=())"]


def test_only_what_an_objective_can_come_to_counts(tmp_path: Path) -> None:
    """Shared readers count where they are used, by module or by name; what finds leftovers does not."""
    sources = sources_of(
        tmp_path,
        toy="from toys import _a\nfrom toys._b import used as taken\n"
        "def check(account, lab):\n    return _a.used(taken(lab))\n"
        "def left(account, lab):\n    return _a.left(lab)\n"
        "LEFTOVERS = (left,)\nOBJECTIVES = (Objective('a', check),)\n",
        _a="def used(x):\n    return _more(x)\ndef _more(x):\n    return x\ndef left(x):\n    return x\n",
        _b="def used(x):\n    return x\ndef unused(x):\n    return x\n",
    )
    assert reached(sources) == {
        ("toy", "OBJECTIVES"),
        ("toy", "check"),
        ("_a", "used"),
        ("_a", "_more"),
        ("_b", "used"),
    }


def test_compiling_a_mutant_leaves_the_source_as_it_was(tmp_path: Path) -> None:
    """Each mutant has its own change and no other's."""
    found = mutants(sources_of(tmp_path, toy="def f(n):\n    return n == 2\nOBJECTIVES = (f,)\n"))
    results = []
    for each in (*found, *found):
        space: dict[str, object] = {}
        exec(each.compiled("toy.py"), space)
        f = space["f"]
        assert callable(f)
        results.append([f(1), f(2), f(3)])
    assert results == [[True, False, True], [False, False, True], [True, False, False]] * 2


def test_the_report_names_each_survivor_by_file_and_line() -> None:
    message = report(
        [
            Score("toy", "a1", 3, 9, (Survivor("toy", 2, "n | 2 → n & 2"),)),
            Score("whole", "b2", 2, 4, ()),
        ]
    )
    assert "| toy | 3 | 10 | 9 | 90.0% |" in message
    assert "| whole | 2 | 4 | 4 | 100.0% |" in message
    assert "| toy.py:2 | `n \\| 2 → n & 2` |" in message
    assert "## whole" not in message


def test_a_new_score_takes_the_place_of_the_lab_s_older_one(tmp_path: Path) -> None:
    """The scores of other labs stay, and a pack that was never measured has none."""
    pack = Pack("toys", tmp_path, tmp_path, tmp_path, "toys")
    assert read_scores(pack) == {}
    keep_scores(pack, [Score("toy", "a1", 3, 9, ()), Score("other", "b2", 2, 4, ())])
    newer = Score("toy", "a2", 3, 8, (Survivor("toy", 2, "1 → 2"),))
    keep_scores(pack, [newer])
    assert read_scores(pack) == {"other": Score("other", "b2", 2, 4, ()), "toy": newer}


def test_a_score_is_old_once_the_check_or_a_reader_of_it_has_changed(tmp_path: Path) -> None:
    pack = Pack("toys", tmp_path, tmp_path, tmp_path, "toys")
    catalog = Catalog((pack,), {"toy": pack})
    (tmp_path / "toy.py").write_text(HEAD + CLUSTERS)
    (tmp_path / "_read.py").write_text(READER)
    check = fingerprint(read_sources("toys", tmp_path, "toy"))
    keep_scores(pack, [Score("toy", check, 3, 9, ())])
    assert known_scores(catalog, [lab("there", name="toy")])["toy"].current
    (tmp_path / "_read.py").write_text(READER.replace("2", "3"))
    assert not known_scores(catalog, [lab("there", name="toy")])["toy"].current


def test_the_table_of_labs_tells_the_killed_mutants_and_marks_an_old_score() -> None:
    """A lab that was never measured has none to tell."""
    steps = [ProofStep(name, "nothing", "", "", 1.0) for name in ("new", "old", "toy")]
    score = Score("toy", "a1", 3, 9, (Survivor("toy", 2, "1 → 2"),))
    rows = proof_text.table(steps, {"toy": Known(score, True), "old": Known(score, False)}).split("\n")
    assert [line.split()[-2] for line in rows[:4]] == ["killed", "-", "90.0%*", "90.0%"]
    assert rows[4].startswith("  * out of date: the check has changed")
    assert len(proof_text.table(steps, {"toy": Known(score, True)}).split("\n")) == 4


READER = """
def enough(found):
    return len(found) >= 2
"""
CLUSTERS = """
from toys import _read

def there(account, lab):
    if _read.enough(account.ecs.list_clusters()["clusterArns"]):
        return Passed("two")
    return Failed("few", "two", "?")

def calm(account, lab):
    if account.ecs.list_clusters()["clusterArns"] == ["asks more"]:
        account.ecs.list_services()
    return Passed("fine")

READS = ("ecs:ListClusters", "ecs:ListServices")
LEFTOVERS = ()
OBJECTIVES = (Objective("there", there), Objective("calm", calm, needs=("there",)))
"""


def state(*clusters: str) -> RecordedState:
    """A state in which these are all the clusters, and nothing else was asked."""
    answer = RecordedAnswer(
        "ecs", "ListClusters", "eu-west-1", '["/", "", "{}"]', 200, {"clusterArns": [*clusters]}
    )
    return RecordedState("toy", "-".join(clusters) or "nothing", "eu-west-1", (answer,))


def survivors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *states: RecordedState, test: str = "", other: str = ""
) -> list[str]:
    """The toy lab's mutants that survive its states, with a unit test and another lab's states."""
    package = tmp_path / "toys"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "toy.py").write_text(HEAD + CLUSTERS)
    (package / "_read.py").write_text(READER)
    (package / "other.py").write_text(HEAD + CLUSTERS)
    tests = tmp_path / "unit"
    tests.mkdir()
    (tests / "test_toy.py").write_text(test)
    monkeypatch.syspath_prepend(str(tmp_path))
    pack = Pack("toys", package, package, package, "toys")
    labs = {name: lab("there", "calm", name=name) for name in ("toy", "other")}
    catalog = Catalog((pack,), dict.fromkeys(labs, pack))
    monkeypatch.setattr(Catalog, "lab", lambda self, name: labs[name])
    seen = {"toy": states, "other": (state(*other.split(",")) if other else state(),)}
    with reimported("toys", package) as codes, UnitTestOracle(codes, tests) as unit_tests:
        found = MutationRun(catalog, pack, codes, lambda lab: seen[lab.id], unit_tests).score(labs["toy"])
    assert found.mutants == len(mutants(read_sources("toys", package, "toy")))
    return [f"{each.module}: {each.change}" for each in found.survivors]


def limits(left: list[str]) -> list[str]:
    return [change.removeprefix("_read: ") for change in left if change.startswith("_read: ")]


def test_states_on_both_sides_of_a_limit_kill_what_moves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One cluster fails and two pass: nothing about the limit of two survives. What was never asked kills nothing."""
    left = survivors(tmp_path, monkeypatch, state(), state("a"), state("a", "b"))
    assert limits(left) == []
    assert [change for change in left if change.endswith("→ True")], (
        "asks for services, which nobody asked then"
    )


def test_a_limit_that_no_state_comes_near_leaves_survivors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = survivors(tmp_path, monkeypatch, state(), state("a", "b", "c"))
    assert limits(left) == ["len(found) >= 2 → len(found) > 2", "2 → 3", "2 → 1"]


UNIT = """
from toys import _read

def test_two_are_enough_and_one_is_not():
    assert _read.enough("ab") and not _read.enough("a")
"""


@pytest.mark.slow
def test_a_unit_test_kills_what_no_state_comes_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits(survivors(tmp_path, monkeypatch, state(), state("a", "b", "c"), test=UNIT)) == []


def test_unit_tests_need_pytest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytest", None)
    with pytest.raises(LabsError, match="need pytest"):
        survivors(tmp_path, monkeypatch, state(), test=UNIT)


@pytest.mark.slow
def test_unit_tests_that_fail_without_a_mutant_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would kill every mutant."""
    broken = UNIT.replace("and not", "and")
    with pytest.raises(LabsError, match="fail without any mutant"):
        survivors(tmp_path, monkeypatch, state(), test=broken)


def test_another_lab_kills_the_mutants_of_a_reader_that_it_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kills none in the lab's own module."""
    left = survivors(tmp_path, monkeypatch, state(), state("a", "b", "c"), other="a,b")
    assert limits(left) == ["2 → 1"]
    assert len([change for change in left if change.startswith("toy: ")]) > 0
