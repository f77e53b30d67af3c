"""The mutation score of the checks: how many small mistakes in a check would be noticed by the labs' own tests.

A mutant is killed by a state of its lab (nothing done, a solution, a mistake) in which the state of some objective
differs from what the true check says, or by a unit test of the checks. It survives where nobody notices it. A mutant
that asks what was not asked when the state was made cannot be judged there, and that kills nothing.

`python -m labs.author.mutation [LAB...]` writes docs/mutation.md; a lab below LEAST makes it end with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from labs.author.mutants import Mutant, mutants
from labs.author.reimport import Codes, reimported
from labs.author.sources import read_sources
from labs.author.states import State, StateKeeper
from labs.author.witnesses import States, UnitTests
from labs.lab import Lab
from labs.pack import Shelf, open_shelf
from labs.sdk import Pack

LEAST = 0.9
"""The share of mutants that each lab must kill."""

REPORT = Path("docs/mutation.md")

TESTS = Path("tests/checks")
"""The unit tests of the checks."""

Key = tuple[str, int, int, str]
"""A mutant wherever it is met: its module, line, column and change."""


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


class Bench:
    """The mutants of the labs of one pack, and all that may notice them.

    A mutant of a lab's own module is noticed by the lab's states or by a unit test. One of a shared reader is noticed
    by any lab that uses the reader as well, and is tried once for all of them.
    """

    def __init__(
        self, shelf: Shelf, pack: Pack, codes: Codes, states: Callable[[Lab], Sequence[State]], tests: Path
    ) -> None:
        self.shelf = shelf
        self.codes = codes
        self.labs = [shelf.lab(name) for name, of in shelf.labs.items() if of == pack]
        self.sources = {lab.id: read_sources(pack.module, pack.checks, module_of(lab)) for lab in self.labs}
        self._states_of = states
        self._states: dict[str, States] = {}
        self._tests = UnitTests(pack.module, pack.checks, tests)
        self._tried: dict[Key, bool] = {}

    def score(self, lab: Lab) -> Score:
        """Tries every mutant of a lab's check until somebody notices it."""
        everything = mutants(self.sources[lab.id])
        survivors = tuple(each for each in everything if not self._noticed(each, lab))
        return Score(lab.id, len(self.states(lab).states), len(everything) - len(survivors), survivors)

    def states(self, lab: Lab) -> States:
        """The states of a lab, made when they are first wanted."""
        if lab.id not in self._states:
            self._states[lab.id] = States(lab, self.shelf, self._states_of(lab))
        return self._states[lab.id]

    def _noticed(self, mutant: Mutant, lab: Lab) -> bool:
        key = (mutant.module, mutant.line, mutant.column, mutant.change)
        if key not in self._tried:
            self._tried[key] = any(self._notices(witness, mutant) for witness in self._witnesses(mutant, lab))
        return self._tried[key]

    def _notices(self, witness: States | UnitTests, mutant: Mutant) -> bool:
        with self.codes.changed(mutant):
            return witness.notice(mutant)

    def _witnesses(self, mutant: Mutant, lab: Lab) -> Iterator[States | UnitTests]:
        """The quickest first."""
        yield self.states(lab)
        yield from map(self.states, self._others(mutant, lab))
        yield self._tests

    def _others(self, mutant: Mutant, lab: Lab) -> list[Lab]:
        return [
            each for each in self.labs if each.id != lab.id and mutant.module in self.sources[each.id].texts
        ]


def module_of(lab: Lab) -> str:
    """The name of the module that holds a lab's check."""
    return lab.id.replace("-", "_")


def measure(shelf: Shelf, labs: Iterable[Lab], cache: Path, tests: Path) -> Iterator[Score]:
    """The score of each lab of an installed pack; the states that are not in the cache are made first."""
    with StateKeeper(cache) as keeper:
        for pack, group in groupby(labs, key=lambda lab: shelf.labs[lab.id]):
            with reimported(pack.module, pack.checks) as codes:
                bench = Bench(
                    shelf, pack, codes, lambda lab: list(keeper.states(lab, shelf.verifier(lab))), tests
                )
                yield from map(bench.score, group)


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
    "state of an objective is another one, or when a unit test of the checks fails. Each lab must kill",
    f"{LEAST:.0%}. A shared reader counts for each lab that uses it, and is tried on the states of all of them.",
    "Left alone by rule: what only makes words for people (`labs/author/messages.py`), what no objective can",
    "come to, such as the search for leftovers, and leaving out a guard that only raises, which no state at",
    "rest can show.",
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
    parser.add_argument("--tests", type=Path, default=TESTS, help="the folder of the checks' unit tests")
    parser.add_argument("--survivors", action="store_true", help="print each survivor")
    given = parser.parse_args(arguments)
    shelf = open_shelf()
    labs = [shelf.lab(name) for name in given.labs] or shelf.all()
    scores = []
    for each in measure(shelf, labs, given.cache or _cache(), given.tests):
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
