"""`python -m tools.mutate [LAB...]`: measures the mutation scores, keeps them and writes docs/mutation.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from labs.author.mutation.measure import measure
from labs.author.mutation.scores import MIN_SHARE, Score, keep_scores, read_scores
from labs.content.pack import open_catalog

REPORT = Path("docs/mutation.md")

TESTS = Path("tests/checks")
"""The unit tests of the checks."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures the labs that are named, or all of them, and says which are below MIN_SHARE; all of them are written."""
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
        below |= score.share < MIN_SHARE
        sys.stdout.write(
            f"{score.lab:<28} {score.killed:4} of {score.mutants:4} killed  {score.share:6.1%}\n"
        )
        if given.survivors:
            sys.stdout.writelines(
                f"    {one.module}.py:{one.line}  {one.change}\n" for one in score.survivors
            )
        sys.stdout.flush()
    kept = {name: score for pack in catalog.packs for name, score in read_scores(pack).items()}
    scores = (kept[lab.id] for lab in catalog.all() if lab.id in kept)
    REPORT.write_text(report(scores), encoding="utf-8")
    return int(below)


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
    "`just mutate` writes this page: do not edit it. A mutant is a check with one small mistake in it. It is killed if",
    "it changes the state of an objective in a state of the account that the lab's scripts lead to (nothing done,",
    f"each solution, each mistake), or if a unit test of the checks fails. Each lab must kill {MIN_SHARE:.0%}. Mutants",
    "of a shared reader count for each lab that uses it, and are tried on the states of all these labs. Not mutated:",
    "code that only writes messages (`labs/author/mutation/message_nodes.py`), code that no objective calls, such as",
    "the search for leftovers, and guards that only raise an error.",
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


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("cardlabs") / "mutation"


if __name__ == "__main__":
    sys.exit(main())
