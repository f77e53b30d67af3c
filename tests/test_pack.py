"""Packs: by entry point, by --pack and by LABS_PACKS; what is broken in one is reported, and spoils no other."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

import labs
from labs.author.scaffold import scaffold
from labs.content import pack as packs
from labs.content.deck_lint import has_errors, report
from labs.content.links import objective_cards
from labs.content.pack import open_catalog
from labs.errors import ContentError, UnknownLab, UsageError
from labs.sdk import API, Pack
from labs.verdict import State
from labs.verify.job import Job
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify
from tests.aws import aws_sessions
from tests.builders import Builder

OWN = "ecs-placement"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack with one lab, as `labs new` makes it."""
    made = tmp_path / "my-pack"
    list(scaffold(made, "my-lab"))
    return made


def check_file(folder: Path) -> Path:
    return folder / "checks" / "my_lab.py"


def left_out(catalog: packs.Catalog) -> list[str]:
    return [str(fault) for fault in catalog.faults]


def faults(catalog: packs.Catalog, lab: str = "my-lab") -> str:
    with pytest.raises(ContentError) as raised:
        catalog.verifier(catalog.lab(lab))
    return str(raised.value)


def test_a_folder_is_a_pack_by_option(folder: Path) -> None:
    """Beside the installed ones."""
    catalog = open_catalog([folder])
    assert {"my-lab", OWN} <= set(catalog.labs)
    assert catalog.labs["my-lab"].name == "my-pack"
    assert {deck.name for deck in catalog.decks()} >= {"my-lab", "aws-ecs"}


def test_a_folder_is_a_pack_by_environment(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LABS_PACKS is a path list; empty entries are none."""
    other = tmp_path / "other"
    list(scaffold(other, "other-lab"))
    monkeypatch.setenv("LABS_PACKS", os.pathsep.join(["", str(folder), str(other), ""]))
    assert {"my-lab", "other-lab", OWN} <= set(open_catalog().labs)


def test_a_pack_that_is_named_twice_is_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By option and by environment, and by another way to the same folder."""
    monkeypatch.setenv("LABS_PACKS", str(folder))
    catalog = open_catalog([folder, folder / ".." / folder.name])
    assert [each.name for each in catalog.packs].count("my-pack") == 1


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="is not a folder: a pack is"):
        open_catalog([tmp_path / "nowhere"])


def test_a_folder_of_the_environment_that_is_not_there_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABS_PACKS", str(tmp_path / "nowhere"))
    catalog = open_catalog()
    assert OWN in catalog.labs
    assert left_out(catalog) == [f"{tmp_path / 'nowhere'}: LABS_PACKS names it, and it is not a folder"]


@dataclass(frozen=True)
class Point:
    """An entry point of an installed distribution."""

    name: str
    value: str
    found: Any

    def load(self) -> Any:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets what is installed."""

    def install(*points: Point) -> None:
        monkeypatch.setattr(packs, "entry_points", lambda group: points if group == "labs.packs" else ())
        packs.installed_packs.cache_clear()

    yield install
    packs.installed_packs.cache_clear()


def test_an_installed_distribution_is_a_pack_by_entry_point(
    folder: Path, installed: Callable[..., None]
) -> None:
    installed(Point("mine", "mine:PACK", Pack.at(folder)))
    assert set(open_catalog().labs) == {"my-lab"}


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (
            ModuleNotFoundError("No module named 'mine'"),
            "cannot be imported: ModuleNotFoundError: No module named 'mine'",
        ),
        (AttributeError("PACK"), "cannot be imported: AttributeError: PACK"),
        (SystemExit(0), "cannot be imported: SystemExit: 0"),
        ("a text", "is str, and no labs.sdk.Pack"),
    ],
    ids=["no module", "no pack in it", "one that ends the process", "something else"],
)
def test_a_broken_entry_point_is_told_by_its_name(
    found: Any, message: str, folder: Path, installed: Callable[..., None]
) -> None:
    """It spoils no other pack."""
    installed(Point("mine", "mine:PACK", found), Point("other", "other:PACK", Pack.at(folder)))
    catalog = open_catalog()
    assert left_out(catalog) == [f"entry point mine = mine:PACK: {message}"]
    assert set(catalog.labs) == {"my-lab"}


def test_a_pack_for_another_api_is_left_out(folder: Path, installed: Callable[..., None]) -> None:
    installed(Point("mine", "mine:PACK", msgspec.structs.replace(Pack.at(folder), api=API + 1)))
    catalog = open_catalog()
    assert not catalog.labs
    assert (
        f"pack 'my-pack' is written for api {API + 1} of labs.sdk; this cardlabs has {API}"
        in left_out(catalog)[0]
    )


def test_of_two_packs_of_one_name_the_first_is_used(folder: Path, tmp_path: Path) -> None:
    """Their labs could not be told apart, not even by their full names."""
    other = tmp_path / "elsewhere" / folder.name
    list(scaffold(other, "other-lab"))
    catalog = open_catalog([folder, other])
    assert "my-lab" in catalog.labs
    assert "other-lab" not in catalog.labs
    assert left_out(catalog) == [f"{other.resolve() / 'tasks'}: another pack is called 'my-pack' already"]


def test_a_named_folder_takes_the_place_of_an_installed_pack_of_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its author tests the files, not the installed copy. The built-in pack stays."""
    installed, built_in = tmp_path / "site" / folder.name, tmp_path / "aws-ecs"
    list(scaffold(installed, "old-lab"))
    list(scaffold(built_in, "shadow"))
    monkeypatch.setenv("LABS_PACKS", str(installed))
    catalog = open_catalog([folder, built_in])
    assert "my-lab" in catalog.labs
    assert OWN in catalog.labs
    assert not {"old-lab", "shadow"} & set(catalog.labs)
    assert left_out(catalog) == [f"{built_in / 'tasks'}: another pack is called 'aws-ecs' already"]


def test_the_folder_around_a_pack_is_a_usage_error_that_names_the_pack(folder: Path) -> None:
    with pytest.raises(UsageError, match=f"is not a pack: .* Did you mean {folder}"):
        open_catalog([folder.parent])


def test_all_but_the_built_in_pack_can_be_turned_off(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By LABS_PACKS_OFF; a pack that the command line names is wanted all the same."""
    other = tmp_path / "other"
    list(scaffold(other, "other-lab"))
    monkeypatch.setenv("LABS_PACKS", str(folder))
    monkeypatch.setenv("LABS_PACKS_OFF", "1")
    assert [pack.name for pack in open_catalog([other]).packs] == ["aws-ecs", "other"]


def test_the_built_in_pack_is_installed() -> None:
    (built_in,) = [pack for pack in open_catalog().packs if pack.name == "aws-ecs"]
    assert built_in.version == labs.__version__
    assert (built_in.tasks / OWN / "task.toml").is_file()
    assert (built_in.decks / "aws-ecs.md").is_file()


def test_a_lab_that_two_packs_have_is_told_by_its_full_name(folder: Path, tmp_path: Path) -> None:
    """The short name stays with the built-in pack, else with the first by name, whichever was named first."""
    other = tmp_path / "other"
    list(scaffold(other, "my-lab"))
    list(scaffold(other, OWN))
    catalog = open_catalog([other, folder])
    assert {lab: pack.name for lab, pack in catalog.labs.items() if lab.endswith(("my-lab", OWN))} == {
        OWN: "aws-ecs",
        "my-lab": "my-pack",
        "other/my-lab": "other",
        f"other/{OWN}": "other",
    }
    lab = catalog.lab("other/my-lab")
    assert lab.id == "other/my-lab"
    with pytest.raises(UnknownLab, match="Here it has its short name: my-lab"):
        catalog.lab("my-pack/my-lab")
    assert [goal.id for goal in catalog.verifier(lab).objectives] == ["group"]
    assert {"my-lab", "other/my-lab"} <= {deck.name for deck in catalog.decks()}
    [card] = objective_cards(lab, catalog.decks())["group"]
    assert card.startswith("other/my-lab:"), "it practises the card of its own pack"
    assert catalog.labs_beside("my-lab") == {"my-lab"}


def test_a_card_links_to_the_lab_of_its_own_pack(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    list(scaffold(other, "my-lab"))
    deck = other / "decks" / "my-lab.md"
    deck.write_text("<!-- labs: my-lab#group -->\n" + deck.read_text())
    catalog = open_catalog([folder, other])
    [card] = next(each for each in catalog.decks() if each.name == "other/my-lab").cards
    assert [link.lab for link in card.links] == ["other/my-lab"]


def test_a_broken_lab_spoils_no_other(folder: Path) -> None:
    """It is told when it is asked for, or when all are."""
    list(scaffold(folder, "broken"))
    (folder / "tasks" / "broken" / "task.toml").write_text("title = 1")
    catalog = open_catalog([folder])
    assert catalog.lab("my-lab").id == "my-lab"
    with pytest.raises(ContentError, match="broken"):
        catalog.lab("broken")
    with pytest.raises(ContentError, match="title: Expected `str`, got `int`"):
        catalog.all()


def test_without_names_the_labs_of_the_folder_are_chosen(folder: Path) -> None:
    catalog = open_catalog([folder])
    assert [lab.id for lab in catalog.chosen([], [folder])] == ["my-lab"]
    assert [lab.id for lab in catalog.chosen([OWN], [folder])] == [OWN]
    assert {"my-lab", OWN} <= {lab.id for lab in catalog.chosen([], [])}


def test_an_unknown_lab_is_reported_with_near_names(folder: Path) -> None:
    catalog = open_catalog([folder])
    with pytest.raises(UnknownLab, match="Did you mean my-lab"):
        catalog.lab("my-lap")
    with pytest.raises(UnknownLab, match="See `labs list`"):
        catalog.lab("zzz")


MODULES: dict[str, tuple[str, str]] = {
    "a syntax error": ("def (", "cannot be imported: SyntaxError"),
    "a name that is not there": ("import nowhere_to_be_found", "cannot be imported: ModuleNotFoundError"),
    "an error while it is imported": ("1 / 0", "cannot be imported: ZeroDivisionError"),
    "the end of the process": ("raise SystemExit(0)", "cannot be imported: SystemExit"),
    "nothing": ("", "READS: missing"),
    "a list of reads": ("READS = []", "READS: a tuple is expected, not []"),
    "a read without a service": (
        "READS = ('DescribeClusters',)",
        "operations like 'ecs:DescribeServices' are expected",
    ),
    "a read in IAM's wild cards": ("READS = ('ecs:Describe*',)", "not 'ecs:Describe*'"),
    "a text instead of a tuple": (
        "READS = ('ecs:ListTasks')",
        "READS: a tuple is expected, not 'ecs:ListTasks'",
    ),
    "a function for an objective": (
        "OBJECTIVES = (print,)",
        "Objective(id, check) are expected, not <built-in",
    ),
    "an objective without a check": (
        "from labs.sdk import Objective\nOBJECTIVES = (Objective('group', None),)",
        "Objective(id, check) are expected",
    ),
    "a text for leftovers": (
        "LEFTOVERS = ('cluster',)",
        "LEFTOVERS: Leftovers(find, reads) are expected, not 'cluster'",
    ),
    "other objectives than told": (
        "from labs.sdk import Objective\nREADS = LEFTOVERS = ()\nOBJECTIVES = (Objective('grop', print),)",
        "OBJECTIVES are ['grop'], but task.toml of my-lab has ['group'], in this order",
    ),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_check_that_cannot_be_used_is_reported_with_its_file(name: str, folder: Path) -> None:
    source, message = MODULES[name]
    check_file(folder).write_text(source)
    text = faults(open_catalog([folder]))
    assert message in text
    assert str(check_file(folder).resolve()) in text


def test_all_parts_that_a_check_lacks_are_reported_at_once(folder: Path) -> None:
    check_file(folder).write_text("")
    text = faults(open_catalog([folder]))
    assert [line.rpartition(": ")[0].rpartition(": ")[2] for line in text.splitlines()] == [
        "READS",
        "OBJECTIVES",
        "LEFTOVERS",
    ]


def test_a_lab_without_a_check_is_reported(folder: Path) -> None:
    check_file(folder).unlink()
    assert "missing: lab 'my-lab' has no check" in faults(open_catalog([folder]))


def test_checks_of_a_folder_share_code_and_do_not_mix_with_others(folder: Path, tmp_path: Path) -> None:
    """`from . import _shared` finds the pack's own module, though another pack has one of that name."""
    other = tmp_path / "other"
    list(scaffold(other, "other-lab"))
    for where, value in ((folder, "one"), (other, "two")):
        (where / "checks" / "_shared.py").write_text(f"WORD = {value!r}")
    for where, name in ((folder, "my_lab"), (other, "other_lab")):
        file = where / "checks" / f"{name}.py"
        file.write_text(file.read_text() + "\nfrom . import _shared\nREADS = (f'{_shared.WORD}:List',)\n")
    catalog = open_catalog([folder, other])
    assert catalog.verifier(catalog.lab("my-lab")).reads == ("one:List",)
    assert catalog.verifier(catalog.lab("other-lab")).reads == ("two:List",)
    assert "_shared" not in sys.modules


# what `labs new` makes


def test_the_scaffold_is_a_pack_that_is_well(folder: Path) -> None:
    """Its lab, deck and check are read without a fault, and its card is linked."""
    catalog = open_catalog([folder])
    lab = catalog.lab("my-lab")
    assert catalog.verifier(lab).reads == ("logs:DescribeLogGroups",)
    assert set(objective_cards(lab, catalog.decks())) == {"group"}
    assert not has_errors(report([folder / "decks"]))


@pytest.mark.parametrize(
    ("groups", "state"), [((), "failed"), (("my-lab-other",), "failed"), (("my-lab",), "passed")]
)
def test_the_scaffold_s_check_judges(groups: tuple[str, ...], state: str, folder: Path, moto: None) -> None:
    """Nothing, the mistake, the solution; and it finds what is left, by its whole name."""
    catalog = open_catalog([folder])
    lab = catalog.lab("my-lab")
    for name in groups:
        Builder().client("logs").create_log_group(logGroupName=name)
    with aws_sessions() as sessions:
        verdict = verify([Job(lab, catalog.verifier(lab))], sessions.open())
        left = leftovers(lab, catalog.verifier(lab), {}, sessions.open())
    assert verdict.labs[0].findings[0].state is State(state)
    assert list(map(str, left)) == (["log group my-lab"] if "my-lab" in groups else [])


def test_a_second_lab_goes_into_the_same_pack(folder: Path) -> None:
    list(scaffold(folder, "second"))
    assert {"my-lab", "second"} <= set(open_catalog([folder]).labs)


def test_what_is_there_is_not_written_over(folder: Path) -> None:
    check_file(folder).write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        list(scaffold(folder, "my-lab"))
    assert check_file(folder).read_text() == "mine"


@pytest.mark.parametrize("name", ["", "My-Lab", "1st", "a b", "../up", "a_b", "ü", "-x", "a\n", "class/x"])
def test_a_name_that_cannot_be_a_lab_s_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be a lab's name"):
        list(scaffold(tmp_path / "pack", name))
    assert list(tmp_path.glob("pack/**/*")) == []
