"""Draws the pictures of the README and the documentation from real runs in a sandbox that ends with them.

    uv run python -m tools.pictures

`docs/check.svg` is a check that fails, the one command that fixes the account, and the check that passes.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from labs.cli.demo import verdict_in
from labs.content.lab import Lab
from labs.content.links import questions
from labs.content.pack import Catalog, open_catalog
from labs.sandbox import control
from labs.sandbox.commands import AwsCli, aws_cli
from labs.show.verdict_text import verdict_text

LAB = "ecs-placement"
MISTAKE = "binpack-cpu"
FIX = (
    "aws ecs update-service --cluster labs-placement --service packed",
    "  --force-new-deployment --placement-strategy type=binpack,field=memory",
)
DOCS = Path(__file__).parent.parent / "docs"
COLUMNS = 96
PROMPT = "\x1b[1m$\x1b[0m"


def draw_check() -> str:
    """The SVG of a failed and a passed check of one lab."""
    catalog = open_catalog()
    lab = catalog.lab(LAB)
    with aws_cli() as cli, control.throw_away() as sandbox:
        environment = {**control.environment(sandbox), **lab.variables(dict(lab.task.parameters))}
        _run(cli, lab.folder / "mistakes" / f"{MISTAKE}.sh", environment)
        failed = _checked(catalog, lab, environment)
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "fix.sh")
            script.write_text(" \\\n".join(FIX), encoding="utf-8")
            _run(cli, script, environment)
        passed = _checked(catalog, lab, environment)
    check, fix = f"{PROMPT} labs check {LAB}", " \\\n".join(FIX)
    return _svg("\n".join([check, failed, "", f"{PROMPT} {fix}", "", check, passed]))


def _run(cli: AwsCli, script: Path, environment: dict[str, str]) -> None:
    ran = cli.run(script, environment)
    if ran.exit_code:
        raise subprocess.CalledProcessError(ran.exit_code, str(script), ran.output)


def _checked(catalog: Catalog, lab: Lab, environment: dict[str, str]) -> str:
    verdict = verdict_in(catalog, lab, environment)
    return verdict_text(verdict, {lab.id: lab}, COLUMNS, questions(catalog.decks()))


def _svg(ansi: str) -> str:
    """A terminal's text as SVG, without fonts from elsewhere; the same text gives the same file."""
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(ansi))
    svg = console.export_svg(title="labs check", unique_id="check")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    DOCS.joinpath("check.svg").write_text(draw_check(), encoding="utf-8")
