"""`labs test --mutate`: measures how many small mistakes in the checks the labs' own scripts detect."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from labs.author.mutation.measure import measure
from labs.author.mutation.scores import MIN_SHARE, Score, keep_scores
from labs.cli.options import TextOrJson
from labs.content.pack import open_catalog
from labs.sdk import Pack

TESTS = "tests"
"""The folder of a pack's unit tests, beside its checks."""


def measure_labs(labs: list[str], packs: Iterable[Path], states: Path | None, format_: TextOrJson) -> int:
    """Measures the named labs, or all. Returns the exit code: 1 if a lab detects less than 90 % of the mistakes.

    Scores are stored beside the pack's tasks, where `labs packs` reads them, unless the pack is installed.
    """
    catalog = open_catalog(packs)
    chosen = catalog.chosen(labs, packs)
    scores: list[Score] = []
    with TemporaryDirectory(prefix="labs-mutation-") as own:
        for lab in chosen:
            pack = catalog.labs[lab.id]
            [score] = measure(catalog, [lab], states or Path(own), pack.checks.parent / TESTS)
            scores.append(score)
            if _is_editable(pack):
                keep_scores(pack, [score])
            if format_ is TextOrJson.TEXT:
                typer.echo(_text(score))
    if format_ is TextOrJson.JSON:
        from labs.show import verdict_json

        typer.echo(verdict_json.dumps({"schema": 1, "labs": [_document(each) for each in scores]}))
    return int(any(score.share < MIN_SHARE for score in scores))


def _is_editable(pack: Pack) -> bool:
    return "site-packages" not in pack.tasks.parts


def _text(score: Score) -> str:
    head = f"{score.lab:<28} {score.killed:4} of {score.mutants:4} detected  {score.share:6.1%}"
    return "\n".join(
        [head, *(f"    {each.module}.py:{each.line}  {each.change}" for each in score.survivors)]
    )


def _document(score: Score) -> dict[str, object]:
    survivors = [
        {"module": each.module, "line": each.line, "change": each.change} for each in score.survivors
    ]
    return {"lab": score.lab, "killed": score.killed, "all": score.mutants, "survivors": survivors}
