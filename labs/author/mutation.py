"""The mutation score of the checks: how many small mistakes in a check would be noticed by the labs' own tests.

A mutant is killed by a state of its lab (nothing done, a solution, a mistake) in which the state of some objective
differs from what the true check says, or by a unit test of the checks. It survives where nobody notices it. A mutant
that asks what was not asked when the state was made cannot be judged there, and that kills nothing.

`python -m labs.author.mutation [LAB...]` keeps the scores (`labs.author.scores`) and writes docs/mutation.md; a lab
below LEAST makes it end with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from labs.author.module_reload import Codes, reimported
from labs.author.mutants import Mutant, mutants
from labs.author.oracles import States, UnitTests
from labs.author.scores import LEAST, Score, fingerprint, keep_scores, read_scores, survivor, write_report
from labs.author.sources import module_of, read_sources
from labs.author.states import State, StateKeeper
from labs.content.lab import Lab
from labs.content.pack import Catalog, open_catalog
from labs.sdk import Pack

REPORT = Path("docs/mutation.md")

TESTS = Path("tests/checks")
"""The unit tests of the checks."""

Key = tuple[str, int, int, str]
"""A mutant wherever it is met: its module, line, column and change."""


class Bench:
    """The mutants of the labs of one pack, and all that may notice them.

    A mutant of a lab's own module is noticed by the lab's states or by a unit test. One of a shared reader is noticed
    by any lab that uses the reader as well, and is tried once for all of them.
    """

    def __init__(
        self,
        catalog: Catalog,
        pack: Pack,
        codes: Codes,
        states: Callable[[Lab], Sequence[State]],
        tests: Path,
    ) -> None:
        self.catalog = catalog
        self.codes = codes
        self.labs = [catalog.lab(name) for name, of in catalog.labs.items() if of == pack]
        self.sources = {
            lab.id: read_sources(pack.module, pack.checks, module_of(lab.id)) for lab in self.labs
        }
        self._states_of = states
        self._states: dict[str, States] = {}
        self._tests = UnitTests(pack.module, pack.checks, tests)
        self._tried: dict[Key, bool] = {}

    def score(self, lab: Lab) -> Score:
        """Tries every mutant of a lab's check until somebody notices it."""
        everything = mutants(self.sources[lab.id])
        survivors = tuple(survivor(each) for each in everything if not self._noticed(each, lab))
        return Score(
            lab.id,
            fingerprint(self.sources[lab.id]),
            len(self.states(lab).states),
            len(everything) - len(survivors),
            survivors,
        )

    def states(self, lab: Lab) -> States:
        """The states of a lab, made when they are first wanted."""
        if lab.id not in self._states:
            self._states[lab.id] = States(lab, self.catalog, self._states_of(lab))
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


def measure(catalog: Catalog, labs: Iterable[Lab], cache: Path, tests: Path) -> Iterator[Score]:
    """The score of each lab of an installed pack; the states that are not in the cache are made first."""
    with StateKeeper(cache) as keeper:
        for pack, group in groupby(labs, key=lambda lab: catalog.labs[lab.id]):
            with reimported(pack.module, pack.checks) as codes:
                bench = Bench(
                    catalog, pack, codes, lambda lab: list(keeper.states(lab, catalog.verifier(lab))), tests
                )
                yield from map(bench.score, group)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures the labs that are named, or all of them, and says which are below LEAST; all of them are written."""
    parser = argparse.ArgumentParser(prog="just mutate", description="The mutation score of the checks.")
    parser.add_argument("labs", nargs="*", metavar="LAB")
    parser.add_argument("--cache", type=Path, help="where the states are kept")
    parser.add_argument("--tests", type=Path, default=TESTS, help="the folder of the checks' unit tests")
    parser.add_argument("--survivors", action="store_true", help="print each survivor")
    given = parser.parse_args(arguments)
    catalog = open_catalog()
    labs = [catalog.lab(name) for name in given.labs] or catalog.all()
    below = False
    for score in measure(catalog, labs, given.cache or _cache(), given.tests):
        keep_scores(catalog.labs[score.lab], [score])
        below |= score.share < LEAST
        sys.stdout.write(
            f"{score.lab:<28} {score.killed:4} of {score.mutants:4} killed  {score.share:6.1%}\n"
        )
        if given.survivors:
            sys.stdout.writelines(
                f"    {one.module}.py:{one.line}  {one.change}\n" for one in score.survivors
            )
        sys.stdout.flush()
    kept = {name: score for pack in catalog.packs for name, score in read_scores(pack).items()}
    write_report(REPORT, (kept[lab.id] for lab in catalog.all() if lab.id in kept))
    return int(below)


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("cardlabs") / "mutation"


if __name__ == "__main__":
    sys.exit(main())
