"""Finds packs (installed ones by entry point, folders by `--pack` and LABS_PACKS) and hands out what is in them."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from labs.content.deck import Deck, read_deck
from labs.content.entry_points import EntryPoint, entry_points
from labs.content.lab import Lab, in_learning_order, read_lab
from labs.errors import ContentError, Fault, UnknownLab, UsageError
from labs.sdk import API, Leftovers, Objective, Pack, near

GROUP = "labs.packs"
BUILT_IN = "aws-ecs"
_READ = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+")


class Verifier(msgspec.Struct, frozen=True):
    """The check of a lab: the reads that it may make, its objectives, and what tells what a lab left behind."""

    reads: tuple[str, ...]
    objectives: tuple[Objective, ...]
    leftovers: tuple[Leftovers, ...]
    file: Path | None = None
    """The check's module, where the code of its objectives is not in this process."""


class Catalog(msgspec.Struct, frozen=True):
    """The labs and decks of the packs in use, each read once, when it is first needed: a broken lab spoils no other."""

    packs: tuple[Pack, ...]
    labs: Mapping[str, Pack]
    """Each lab's id, and the pack that it is in."""
    faults: tuple[Fault, ...] = ()
    """Why packs were left out: a broken one spoils no other."""
    labs_read: dict[str, Lab] = {}
    decks_read: dict[Path, Deck] = {}
    processes: dict[str, Any] = {}
    """The processes in which the checks of packs run, by the pack's name (`aws.pack_process`)."""

    def lab(self, name: str) -> Lab:
        """The lab of this id. Raises UnknownLab, with the names that are nearest, and ContentError if it is broken."""
        if name not in self.labs:
            close = near(name, self.labs, at_most=2)
            meant = f"Did you mean {' or '.join(close)}?" if close else "See `labs list`."
            raise UnknownLab(f"No lab is named {name!r}. {meant}")
        if name not in self.labs_read:
            pack = self.labs[name]
            lab = read_lab(pack.tasks / folder_of(name))
            self.labs_read[name] = msgspec.structs.replace(lab, id=name, pack=str(pack))
        return self.labs_read[name]

    def all(self) -> list[Lab]:
        """Every lab, in the order of learning. Raises ContentError with every fault of all of them."""
        labs, faults = self.readable()
        if faults:
            raise ContentError(*faults)
        return labs

    def readable(self) -> tuple[list[Lab], list[Fault]]:
        """The labs that can be read, in the order of learning, and the faults of the others."""
        labs: list[Lab] = []
        faults: list[Fault] = []
        for name in self.labs:
            try:
                labs.append(self.lab(name))
            except ContentError as error:
                faults.extend(error.faults)
        return in_learning_order(labs), faults

    def chosen(self, names: Iterable[str], folders: Iterable[Path]) -> list[Lab]:
        """The labs of these names; without names, those of the packs in these folders, or all labs."""
        tasks = {folder.resolve() / "tasks" for folder in folders}
        wanted = list(names) or [lab for lab, pack in self.labs.items() if pack.tasks in tasks]
        return [self.lab(name) for name in wanted] if wanted or tasks else self.all()

    def decks(self) -> list[Deck]:
        """Every deck of the packs; one whose name an earlier pack has is called `pack/deck`."""
        paths = [(pack, path) for pack in self.packs for path in sorted(pack.decks.glob("*.md"))]
        for pack, path in paths:
            if path not in self.decks_read:
                deck = read_deck(path)
                taken = {each.name for each in self.decks_read.values()}
                name = f"{pack.name}/{deck.name}" if deck.name in taken else deck.name
                self.decks_read[path] = msgspec.structs.replace(deck, name=name)
        return [self.decks_read[path] for _, path in paths]

    def labs_beside(self, deck: str) -> frozenset[str]:
        """The labs of the pack that a deck of this name is in; none for a deck of no pack."""
        packs = [pack for pack in self.packs if (pack.decks / f"{folder_of(deck)}.md").is_file()]
        return frozenset(lab for lab, pack in self.labs.items() if pack in packs)

    def verifier(self, lab: Lab) -> Verifier:
        """The check of a lab; imports its module. Raises ContentError where module and task disagree."""
        return _verifier(_check_module(self.labs[lab.id], lab.id), lab)


def folder_of(lab: str) -> str:
    """The name of a lab's folder and check: its id, without the pack where that is part of it."""
    return lab.rpartition("/")[2]


def open_catalog(folders: Iterable[Path] = ()) -> Catalog:
    """The installed packs, those of LABS_PACKS and these folders.

    A pack that cannot be used is left out and named in `faults`; so are all but the built-in one by LABS_PACKS_OFF.
    A lab whose name an earlier pack has is called `pack/lab`. Raises UsageError for one of `folders` that is none.
    """
    packs, faults = _usable([*_standing_packs(), *map(_folder_pack, folders)])
    labs: dict[str, Pack] = {}
    for pack in packs:
        for file in sorted(pack.tasks.glob("*/task.toml")):
            name = file.parent.name
            labs[f"{pack.name}/{name}" if name in labs else name] = pack
    return Catalog(tuple(packs), labs, tuple(faults))


def left_out() -> list[Fault]:
    """Why installed packs and those of LABS_PACKS were left out."""
    return _usable(_standing_packs())[1]


def _standing_packs() -> list[Pack | Fault]:
    """The packs that nobody had to name on the command line; by LABS_PACKS_OFF the built-in one alone."""
    found = [*installed_packs(), *_from_environment()]
    if os.environ.get("LABS_PACKS_OFF"):
        return [each for each in found if isinstance(each, Pack) and each.name == BUILT_IN]
    return found


def _usable(found: Iterable[Pack | Fault]) -> tuple[list[Pack], list[Fault]]:
    """The packs among what was found, and why the others are none: also one whose name is taken."""
    packs: list[Pack] = []
    faults: list[Fault] = []
    for each in found:
        if isinstance(each, Fault):
            faults.append(each)
        elif each.api != API:
            what = f"pack {each.name!r} is written for api {each.api} of labs.sdk; this is {API}"
            faults.append(Fault(str(each.tasks), what))
        elif any(other.name == each.name and other != each for other in packs):
            faults.append(Fault(str(each.tasks), f"another pack is called {each.name!r} already"))
        elif each not in packs:
            packs.append(each)
    return packs, faults


@cache
def installed_packs() -> tuple[Pack | Fault, ...]:
    """The packs that installed distributions declare under the entry point group `labs.packs`, the built-in one first.

    In the place of one that cannot be imported stands why.
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
        else Fault(str(path), "LABS_PACKS names it, and it is no folder")
        for path in paths
    ]


def _folder_pack(folder: Path) -> Pack:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: a pack is a folder with decks/, tasks/ and checks/")
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


def _verifier(module: ModuleType, lab: Lab) -> Verifier:
    file = str(module.__file__)
    faults = list(_part_faults(file, module))
    if faults:
        raise ContentError(*faults)
    reads = dict.fromkeys([*module.READS, *(read for each in module.LEFTOVERS for read in each.reads)])
    return fitting(Verifier(tuple(reads), module.OBJECTIVES, module.LEFTOVERS), lab, file)


def fitting(verifier: Verifier, lab: Lab, file: str) -> Verifier:
    """The verifier of a lab. Raises ContentError where it asks for more than reads, or does not fit its task."""
    faults = [
        *_read_faults(file, verifier.reads),
        *_order_faults(file, verifier.objectives),
        *_id_faults(file, verifier.objectives, lab),
    ]
    if faults:
        raise ContentError(*faults)
    return verifier


def _read_faults(file: str, reads: Iterable[str]) -> Iterable[Fault]:
    """Reads that a check may not list: actions of another access level than Read or List, and secrets."""
    from labs.iam.operations import only_reads

    for read in reads:
        if not only_reads(read):
            yield Fault(f"{file}: READS", f"{read} is no read: it changes something, or hands out a secret")


def _part_faults(file: str, module: ModuleType) -> Iterable[Fault]:
    """Faults in the contents of a check's module: READS, OBJECTIVES and LEFTOVERS."""
    kinds: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "READS": ("operations like 'ecs:DescribeServices'", lambda each: bool(_READ.fullmatch(str(each)))),
        "OBJECTIVES": (
            "Objective(id, check)",
            lambda each: isinstance(each, Objective) and callable(each.check),
        ),
        "LEFTOVERS": ("Leftovers(find, reads)", lambda each: isinstance(each, Leftovers)),
    }
    for name, (kind, fits) in kinds.items():
        part = getattr(module, name, None)
        if not isinstance(part, tuple):
            yield Fault(
                f"{file}: {name}", "missing" if part is None else f"a tuple is expected, not {part!r}"
            )
            continue
        for each in part:
            if not fits(each):
                yield Fault(f"{file}: {name}", f"{kind} are expected, not {each!r}")


def _order_faults(file: str, objectives: tuple[Objective, ...]) -> Iterable[Fault]:
    """Faults in the needs of objectives: missing ones, and circles."""
    ids = {objective.id for objective in objectives}
    for objective in objectives:
        for need in sorted(set(objective.needs) - ids):
            yield Fault(file, f"objective {objective.id!r} needs {need!r}, which is not there")
    try:
        TopologicalSorter({objective.id: objective.needs for objective in objectives}).prepare()
    except CycleError as error:
        yield Fault(file, f"objectives need each other in a circle: {' -> '.join(error.args[1])}")


def _id_faults(file: str, objectives: tuple[Objective, ...], lab: Lab) -> Iterable[Fault]:
    checked = [objective.id for objective in objectives]
    declared = [goal.id for goal in lab.task.objectives]
    if checked != declared:
        yield Fault(
            file, f"OBJECTIVES are {checked}, but task.toml of {lab.id} tells {declared}, in this order"
        )
