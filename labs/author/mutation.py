"""The mutation score of the checks: how many small mistakes in a check would be noticed by the lab's own scripts.

A mutant is killed by a state of its lab (nothing done, a solution, a mistake) in which the state of some objective
differs from what the true check says. It survives where none differs. A mutant that asks what was not asked when the
state was made cannot be judged there, and that kills nothing.

`python -m labs.author.mutation [LAB...]` writes docs/mutation.md; a lab below LEAST makes it end with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

from labs.author.mutants import Mutant, mutants
from labs.author.sources import Sources, read_sources
from labs.author.states import UNASKED, Replayer, State, StateKeeper, hintless
from labs.aws.wall import wall
from labs.errors import ContentError
from labs.lab import Lab
from labs.pack import Shelf, Verifier, open_shelf
from labs.verdict import Finding
from labs.verdict import State as Judged

LEAST = 0.9
"""The share of mutants that each lab must kill."""

REPORT = Path("docs/mutation.md")


@dataclass(frozen=True, slots=True)
class Score:
    """What became of a lab's mutants."""

    lab: str
    states: int
    killed: int
    survivors: tuple[Mutant, ...]

    @property
    def mutants(self) -> int:
        """How many there were."""
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        """The killed ones of all; 1 where there is nothing to change."""
        return self.killed / self.mutants if self.mutants else 1.0


def score(lab: Lab, shelf: Shelf, sources: Sources, states: Sequence[State]) -> Score:
    """Tries every mutant of a lab's check on every state until one kills it."""
    codes = {
        module: compile(text, str(sources.file(module)), "exec") for module, text in sources.texts.items()
    }
    with wall(), _modules(sources.package, codes) as load:
        replayer = Replayer(states[0].region)
        true = load.verifier(shelf, lab)
        told = [replayer.findings(lab, true, state) for state in states]
        survivors = []
        everything = mutants(sources)
        for mutant in everything:
            load.codes = {**codes, mutant.module: mutant.compiled(str(sources.file(mutant.module)))}
            try:
                verifier = load.verifier(shelf, lab)
            except ContentError:  # it breaks while it is imported: no test could overlook that
                continue
            if not _killed(verifier, lab, replayer, zip(states, told, strict=True)):
                survivors.append(mutant)
    return Score(lab.id, len(states), len(everything) - len(survivors), tuple(survivors))


def _killed(
    verifier: Verifier, lab: Lab, replayer: Replayer, states: Iterable[tuple[State, tuple[Finding, ...]]]
) -> bool:
    return any(_differ(replayer.findings(lab, verifier, state), told) for state, told in states)


def _differ(found: tuple[Finding, ...], told: tuple[Finding, ...]) -> bool:
    """Whether some objective's state is another one, for a reason that these answers give."""
    unasked = {each.id for each in found if each.message.startswith(UNASKED)}
    return any(
        here.state is not there.state
        and here.id not in unasked
        and not (here.state is Judged.BLOCKED and unasked.intersection(here.needs))
        for here, there in zip(found, told, strict=True)
    )


class _Codes(MetaPathFinder, Loader):
    """Imports the modules of a package from compiled code, anew each time that a verifier is wanted."""

    def __init__(self, package: str, codes: dict[str, CodeType]) -> None:
        self.package = package
        self.codes = codes

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:  # noqa: ARG002 - importlib's signature
        """Where a module of the package comes from: here."""
        package, _, module = fullname.rpartition(".")
        return spec_from_loader(fullname, self) if package == self.package and module in self.codes else None

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module's code, from importlib."""
        code = self.codes[module.__name__.rpartition(".")[2]]
        module.__file__ = code.co_filename
        exec(code, module.__dict__)  # noqa: S102 - a check's own source, with one thing changed

    def verifier(self, shelf: Shelf, lab: Lab) -> Verifier:
        """The lab's check, made of the present codes."""
        self.forget()
        return hintless(shelf.verifier(lab))

    def forget(self) -> None:
        """Lets the package's modules be imported again."""
        package = import_module(self.package)
        for module in self.codes:
            sys.modules.pop(f"{self.package}.{module}", None)
            package.__dict__.pop(module, None)


@contextmanager
def _modules(package: str, codes: dict[str, CodeType]) -> Iterator[_Codes]:
    finder = _Codes(package, codes)
    sys.meta_path.insert(0, finder)
    try:
        yield finder
    finally:
        sys.meta_path.remove(finder)
        finder.forget()
        invalidate_caches()


def measure(shelf: Shelf, labs: Iterable[Lab], cache: Path) -> Iterator[Score]:
    """The score of each lab of an installed pack; the states that are not in the cache are made first."""
    with StateKeeper(cache) as keeper:
        for lab in labs:
            pack = shelf.labs[lab.id]
            sources = read_sources(pack.module, pack.checks, lab.id.replace("-", "_"))
            states = list(keeper.states(lab, shelf.verifier(lab)))
            yield score(lab, shelf, sources, states)


def report(scores: Iterable[Score]) -> str:
    """The scores as Markdown: a table of all labs, and below it the survivors of each."""
    scores = list(scores)
    rows = [
        f"| {each.lab} | {each.states} | {each.mutants} | {each.killed} | {each.share:.1%} |"
        for each in scores
    ]
    return "\n".join([*_HEAD, *rows, *(line for each in scores for line in _survivors(each)), ""])


_HEAD = (
    "# Mutation score of the checks",
    "",
    "Written by `just mutate`; not to be edited. A mutant is a check with one small mistake in it. It is killed",
    "when, in some state that the lab's own scripts lead to (nothing done, each solution, each mistake), the",
    f"state of an objective is another one. Each lab must kill {LEAST:.0%}. Left alone by rule: what only makes",
    "words for people (`labs/author/messages.py`), what no objective can come to, such as the search for",
    "leftovers, and leaving out a guard that only raises, which no state at rest can show. A shared reader",
    "counts for each lab that uses it.",
    "",
    "| lab | states | mutants | killed | score |",
    "|---|---:|---:|---:|---:|",
)


def _survivors(found: Score) -> Iterator[str]:
    if found.survivors:
        yield from ("", f"## {found.lab}", "", "| survivor | change |", "|---|---|")
        for each in found.survivors:
            change = each.change.replace("|", "\\|")
            yield f"| {each.module}.py:{each.line} | `{change}` |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures the labs that are named, or all of them, and says which are below LEAST; all of them are written."""
    parser = argparse.ArgumentParser(prog="just mutate", description="The mutation score of the checks.")
    parser.add_argument("labs", nargs="*", metavar="LAB")
    parser.add_argument("--cache", type=Path, help="where the states are kept")
    parser.add_argument("--survivors", action="store_true", help="print each survivor")
    given = parser.parse_args(arguments)
    shelf = open_shelf()
    labs = [shelf.lab(name) for name in given.labs] or shelf.all()
    scores = []
    for each in measure(shelf, labs, given.cache or _cache()):
        scores.append(each)
        sys.stdout.write(f"{each.lab:<28} {each.killed:4} of {each.mutants:4} killed  {each.share:6.1%}\n")
        if given.survivors:
            sys.stdout.writelines(f"    {one.module}.py:{one.line}  {one.change}\n" for one in each.survivors)
        sys.stdout.flush()
    if not given.labs:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(report(scores), encoding="utf-8")
    return int(any(each.share < LEAST for each in scores))


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("cardlabs") / "mutation"


if __name__ == "__main__":
    sys.exit(main())
