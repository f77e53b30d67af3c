"""`labs test` in the sandbox: some steps, kept worlds, and again after a change."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from labs.cli.prove_again import digest, on_changes
from labs.content.pack import open_catalog
from labs.sandbox import control
from tests.builders import Labs


@pytest.fixture
def pack(tmp_path: Path, labs: Labs) -> Path:
    """A pack with the lab that `labs new` makes."""
    assert labs("new", "own-lab", "--pack", tmp_path / "pack")[0] == 0
    return tmp_path / "pack"


@pytest.mark.slow
@pytest.mark.process
def test_a_failed_step_is_kept_and_loads(labs: Labs, pack: Path, tmp_path: Path) -> None:
    """Only the step that was asked for is tried; its world shows what it failed on."""
    mistake = pack / "tasks" / "own-lab" / "mistakes" / "other-name.sh"
    mistake.write_text('aws logs create-log-group --log-group-name "$GROUP"\n')
    code, out, err = labs(
        "test", "own-lab", "--pack", pack, "-k", "mistake other", "--keep", "--format", "json"
    )
    assert code == 1, err
    [step] = json.loads(out)["steps"]
    assert (step["kind"], step["name"]) == ("mistake", "other-name")
    control.load(tmp_path / "elsewhere", Path(step["world"]))
    code, _, err = labs("test", "own-lab", "--pack", pack, "-k", "no such step")
    assert code == 2
    assert "no step of these labs" in err


@pytest.mark.slow
@pytest.mark.process
def test_the_line_of_a_fault_of_the_author_is_told(
    labs: Labs, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a script and of a check; one that cannot be imported spoils no other lab. So is a broken extension."""
    broken_extension = "the sandbox extensions mine cannot be used: ImportError: no"
    monkeypatch.setattr(control, "status", lambda _: SimpleNamespace(errors=(broken_extension,)))
    assert labs("new", "second-lab", "--pack", pack)[0] == 0
    (pack / "tasks" / "own-lab" / "mistakes" / "other-name.sh").write_text("true\nfalse\n")
    check = pack / "checks" / "own_lab.py"
    broken = check.read_text().replace("    if log_groups", '    {}["event"]\n    if log_groups', 1)
    check.write_text(broken)
    (pack / "checks" / "second_lab.py").write_text("from labs.sdk import SomethingNewer\n")
    code, out, err = labs("test", "--pack", pack, "-k", "i", "--jobs", "1", "--format", "json")
    assert f"labs: {broken_extension}" in err
    wrong = {(step["lab"], step["kind"]): step["wrong"] for step in json.loads(out)["steps"]}
    assert code == 1
    assert "other-name.sh: line 2 failed" in wrong["own-lab", "mistake"]
    line = broken[: broken.index("event")].count("\n") + 1
    assert f"own_lab.py:{line} in group_exists" in wrong["own-lab", "solution"]
    assert "cannot be imported: ImportError" in wrong["second-lab", "reads"]


@pytest.mark.slow
@pytest.mark.process
def test_texts_are_a_step_where_the_pack_has_a_list_of_words(labs: Labs, pack: Path) -> None:
    """Without a list, no step has this name."""
    test = ("test", "own-lab", "--pack", pack, "-k", "texts", "--format", "json")
    assert labs(*test)[0] == 2
    (pack / "words.tsv").write_text("\\blog group\\b\tgroup\n")
    code, out, _ = labs(*test)
    assert code == 1
    [step] = json.loads(out)["steps"]
    assert step["kind"] == "texts"
    assert "title of group: 'Log group': write group" in step["wrong"]


def test_a_change_of_lab_or_check_is_noticed(pack: Path) -> None:
    catalog = open_catalog([pack])
    chosen = [catalog.lab("own-lab")]
    seen = [digest(catalog, chosen)]
    for file in (pack / "tasks" / "own-lab" / "brief.md", pack / "checks" / "own_lab.py"):
        file.write_text(file.read_text() + "\n")
        seen.append(digest(catalog, chosen))
    assert len(set(seen)) == 3


def test_a_lab_is_proved_again_after_each_change_only() -> None:
    states = iter([b"a", b"a", b"b", b"b"])
    acted = []

    def pause(_: float) -> None:
        if len(acted) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_changes(lambda: next(states), lambda: acted.append(1), pause)
    assert len(acted) == 2


@pytest.mark.parametrize(
    ("key", "message"),
    [('mistakes = ["none"]', "no mistake 'none'"), ('solutions = ["none"]', "there is no solutions/none.sh")],
)
def test_account_names_scripts_of_the_lab(labs: Labs, pack: Path, key: str, message: str) -> None:
    task = pack / "tasks" / "own-lab" / "task.toml"
    task.write_text(task.read_text().replace("[cost]", f"[account]\n{key}\n[cost]"))
    code, _, err = labs("show", "own-lab", "--pack", pack)
    assert code == 2
    assert message in err
