"""Finds packs (entry points of installed packages; folders of `--pack` and LABS_PACKS), and reads their content."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from labs.content.deck import Deck, read_deck
from labs.content.lab import Lab, in_learning_order, read_lab
from labs.content.lab_task import LabTask
from labs.content.verifier import Verifier, verifier_in
from labs.errors import ContentError, Fault, UnknownLab, UsageError
from labs.sdk import API, Pack, near
from labs.system.entry_points import EntryPoint, entry_points

GROUP = "labs.packs"
BUILT_IN = "aws-ecs"


class Catalog(msgspec.Struct, frozen=True):
    """The labs and decks of the packs in use, each read once on demand. A broken lab does not affect others."""

    packs: tuple[Pack, ...]
    labs: Mapping[str, Pack]
    """The pack of each lab, by the lab's id."""
    faults: tuple[Fault, ...] = ()
    """The faults of packs that were left out."""
    labs_read: dict[str, Lab] = {}
    decks_read: dict[Path, Deck] = {}
    deck_names: dict[str, frozenset[str]] = {}
    """The decks of each pack, by the names that its own files use."""
    processes: dict[str, Any] = {}
    """The processes in which the checks of packs run, by the pack's name (`aws.pack_process`)."""

    def lab(self, name: str) -> Lab:
        """The lab with this id. Raises UnknownLab, with similar names, and ContentError if the lab is broken."""
        if name not in self.labs:
            owner, _, short = name.rpartition("/")
            if short in self.labs and self.labs[short].name == owner:
                raise UnknownLab(f"No lab is named {name!r}. Here it has its short name: {short}")
            close = near(name, self.labs, at_most=2)
            meant = f"Did you mean {' or '.join(close)}?" if close else "See `labs list`."
            raise UnknownLab(f"No lab is named {name!r}. {meant}")
        if name not in self.labs_read:
            pack = self.labs[name]
            lab = read_lab(pack.tasks / folder_of(name))
            task = self._task_with_deck_names(pack, lab.task)
            self.labs_read[name] = msgspec.structs.replace(lab, id=name, task=task, pack=str(pack))
        return self.labs_read[name]

    def all(self) -> list[Lab]:
        """All labs in learning order. Raises ContentError with the faults of all broken labs."""
        labs, faults = self.readable()
        if faults:
            raise ContentError(*faults)
        return labs

    def readable(self) -> tuple[list[Lab], list[Fault]]:
        """The readable labs in learning order, and the faults of the others."""
        labs: list[Lab] = []
        faults: list[Fault] = []
        for name in self.labs:
            try:
                labs.append(self.lab(name))
            except ContentError as error:
                faults.extend(error.faults)
        return in_learning_order(labs), faults

    def chosen(self, names: Iterable[str], folders: Iterable[Path]) -> list[Lab]:
        """The labs with these names; without names, the labs of the packs in these folders, or all labs."""
        tasks = {folder.resolve() / "tasks" for folder in folders}
        wanted = list(names) or [lab for lab, pack in self.labs.items() if pack.tasks in tasks]
        return [self.lab(name) for name in wanted] if wanted or tasks else self.all()

    def decks(self) -> list[Deck]:
        """All decks; a deck whose name an earlier pack has is called `pack/deck`."""
        paths = [(pack, path) for pack in self.packs for path in sorted(pack.decks.glob("*.md"))]
        for pack, path in paths:
            if path not in self.decks_read:
                self.decks_read[path] = self._deck_with_names(pack, read_deck(path))
        return [self.decks_read[path] for _, path in paths]

    def _deck_with_names(self, pack: Pack, deck: Deck) -> Deck:
        """The deck with its name in this catalog; its cards link to the labs of its own pack first."""
        own = {lab.rpartition("/")[2]: lab for lab in self.labs if lab.startswith(f"{pack.name}/")}
        cards = deck.cards
        if own:
            replace = msgspec.structs.replace
            cards = tuple(
                replace(
                    card, links=tuple(replace(link, lab=own.get(link.lab, link.lab)) for link in card.links)
                )
                for card in cards
            )
        return msgspec.structs.replace(deck, name=self._deck_name(pack, deck.name), cards=cards)

    def _task_with_deck_names(self, pack: Pack, task: LabTask) -> LabTask:
        """The task, which names the decks of its own pack first."""
        names = {
            name: self._deck_name(pack, name) for name in (task.deck, *(link.deck for link in task.cards))
        }
        if all(name == here for name, here in names.items()):
            return task
        cards = tuple(msgspec.structs.replace(link, deck=names[link.deck]) for link in task.cards)
        return msgspec.structs.replace(task, deck=names[task.deck], cards=cards)

    def _deck_name(self, pack: Pack, name: str) -> str:
        """The name of a pack's deck in this catalog: the first pack with a deck of this name keeps the short name."""
        having = [each.name for each in self.packs if name in self._decks_of(each)]
        return f"{pack.name}/{name}" if pack.name in having[1:] else name

    def _decks_of(self, pack: Pack) -> frozenset[str]:
        if pack.name not in self.deck_names:
            self.deck_names[pack.name] = frozenset(path.stem for path in pack.decks.glob("*.md"))
        return self.deck_names[pack.name]

    def labs_beside(self, deck: str) -> frozenset[str]:
        """The labs of the pack that a deck of this name is in; none for a deck of no pack."""
        short = folder_of(deck)
        packs = [
            pack
            for pack in self.packs
            if short in self._decks_of(pack) and self._deck_name(pack, short) == deck
        ]
        return frozenset(lab for lab, pack in self.labs.items() if pack in packs)

    def verifier(self, lab: Lab) -> Verifier:
        """The check of a lab; imports its module. Raises ContentError if module and task disagree."""
        return verifier_in(_check_module(self.labs[lab.id], lab.id), lab)


def folder_of(lab: str) -> str:
    """The name of a lab's folder and check: its id, without a prefix `pack/`."""
    return lab.rpartition("/")[2]


def open_catalog(folders: Iterable[Path] = ()) -> Catalog:
    """The installed packs, those of LABS_PACKS and these folders.

    A pack that cannot be used is left out and named in `faults`; so are all but the built-in one by LABS_PACKS_OFF.
    Of labs or decks with one name, that of the built-in pack, else of the first pack by name, keeps the short name;
    the others are called `pack/lab`. A folder takes the place of another pack of its name,
    but for the built-in one: its author tests the files, not the installed copy. Raises UsageError for one of
    `folders` that is no pack.
    """
    named = [_folder_pack(folder) for folder in folders]
    instead = {pack.name: pack for pack in reversed(named) if pack.name != BUILT_IN}
    configured = (
        instead.get(each.name, each) if isinstance(each, Pack) else each for each in _configured_packs()
    )
    packs, faults = _usable([*configured, *named])
    packs.sort(key=lambda pack: (pack.name != BUILT_IN, pack.name))
    labs: dict[str, Pack] = {}
    for pack in packs:
        for file in sorted(pack.tasks.glob("*/task.toml")):
            name = file.parent.name
            labs[f"{pack.name}/{name}" if name in labs else name] = pack
    return Catalog(tuple(packs), labs, tuple(faults))


def left_out() -> list[Fault]:
    """The faults because of which installed packs and those of LABS_PACKS were left out."""
    return _usable(_configured_packs())[1]


def _configured_packs() -> list[Pack | Fault]:
    """The installed packs and those of LABS_PACKS; only the built-in pack if LABS_PACKS_OFF is set."""
    found = [*installed_packs(), *_from_environment()]
    if os.environ.get("LABS_PACKS_OFF"):
        return [each for each in found if isinstance(each, Pack) and each.name == BUILT_IN]
    return found


def _usable(found: Iterable[Pack | Fault]) -> tuple[list[Pack], list[Fault]]:
    """The usable packs, and the faults of the others, including packs whose name is taken."""
    packs: list[Pack] = []
    faults: list[Fault] = []
    for each in found:
        if isinstance(each, Fault):
            faults.append(each)
        elif each.api != API:
            what = f"pack {each.name!r} is written for api {each.api} of labs.sdk; this cardlabs has {API}"
            faults.append(Fault(str(each.tasks), what))
        elif any(other.name == each.name and other != each for other in packs):
            faults.append(Fault(str(each.tasks), f"another pack is called {each.name!r} already"))
        elif each not in packs:
            packs.append(each)
    return packs, faults


@cache
def installed_packs() -> tuple[Pack | Fault, ...]:
    """The packs that installed distributions declare under the entry point group `labs.packs`, the built-in one first.

    A Fault stands for a pack that cannot be imported.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name != BUILT_IN, point.name))
    return tuple(_installed_pack(point) for point in points)


def _installed_pack(point: EntryPoint) -> Pack | Fault:
    where = f"entry point {point.name} = {point.value}"
    try:
        pack = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a pack's own code raises what it will
        return Fault(where, f"cannot be imported: {type(error).__name__}: {error}")
    if not isinstance(pack, Pack):
        return Fault(where, f"is {type(pack).__name__}, and no labs.sdk.Pack")
    return pack


def _from_environment() -> list[Pack | Fault]:
    paths = [Path(entry) for entry in os.environ.get("LABS_PACKS", "").split(os.pathsep) if entry]
    return [
        Pack.at(path.resolve())
        if path.is_dir()
        else Fault(str(path), "LABS_PACKS names it, and it is not a folder")
        for path in paths
    ]


def _folder_pack(folder: Path) -> Pack:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: a pack is a folder with decks/, tasks/ and checks/")
    if not any((folder / part).is_dir() for part in ("decks", "tasks", "checks")):
        inside = sorted(path.parent for path in folder.glob("*/tasks"))
        meant = f" Did you mean {inside[0]}?" if inside else ""
        raise UsageError(f"{folder} is not a pack: it has no decks/, tasks/ or checks/.{meant}")
    return Pack.at(folder.resolve())


def check_file(pack: Pack, lab: str) -> Path:
    """The module that checks a lab."""
    return pack.checks / f"{folder_of(lab).replace('-', '_')}.py"


def _check_module(pack: Pack, lab: str) -> ModuleType:
    """The module that checks a lab; a folder's modules get a package of their own, so that they can share code."""
    file = check_file(pack, lab)
    if not file.is_file():
        raise ContentError(Fault(str(file), f"missing: lab {lab!r} has no check"))
    try:
        return importlib.import_module(f"{check_package(pack)}.{file.stem}")
    except (Exception, SystemExit) as error:  # whatever a pack's own code raises while it is imported
        raise ContentError(
            Fault(str(file), f"cannot be imported: {type(error).__name__}: {error}")
        ) from error


def check_package(pack: Pack) -> str:
    """The name under which a pack's checks are imported; the modules of a folder get a package of their own."""
    if pack.module:
        return pack.module
    name = f"labs_pack_{abs(hash(pack.checks)):x}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_loader(name, loader=None, is_package=True)
        assert spec is not None
        package = importlib.util.module_from_spec(spec)
        package.__path__ = [str(pack.checks)]
        sys.modules[name] = package
    return name
