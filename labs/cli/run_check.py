"""One run of `labs check`: once, until effects have come about, or again and again; prints and stores the verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from labs.cli import runtime
from labs.cli.options import Format
from labs.content.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs.aws.session import AwsSession
    from labs.cli.history import History
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.verdict import Verdict
    from labs.verify.job import Job


@dataclass(frozen=True, slots=True)
class Output:
    """Where the verdict of one command goes: to the screen in this format, and into the learner's history."""

    labs: list[Lab]
    catalog: Catalog
    history: History
    format: Format
    cleaned: bool = False
    show_map: bool = False


class RememberedVerdict(NamedTuple):
    """A verdict, the session that it rests on, and whether the history holds it already."""

    verdict: Verdict
    session: AwsSession
    remembered: bool = False


def once(jobs: list[Job], session: AwsSession, wait: float) -> RememberedVerdict:
    """One verdict; with `wait`, the one in which the effects have come about, or the last one in time."""
    from labs.verify.runner import verify_until

    return RememberedVerdict(*verify_until(jobs, session, wait, on_wait=_waiting_printer()))


def watch(jobs: list[Job], session: AwsSession, output: Output) -> RememberedVerdict:
    """Verifies until everything passed, or until Ctrl-C: then the last state is the verdict."""
    from labs.learner.watched import WatchMemory
    from labs.show.live import ChangedLines, LiveScreen
    from labs.show.terminal import is_terminal
    from labs.verify.watch import rounds

    for_people = output.format is Format.TEXT
    screen = LiveScreen() if for_people and is_terminal() else ChangedLines(err=not for_people)
    memory = WatchMemory(
        lambda verdict: remember(RememberedVerdict(verdict, session), output),
        lambda verdict: output.history.remember_watched(verdict, output.catalog),
    )
    try:
        for each in rounds(jobs, session):
            memory.add(each)
            screen.show(each, runtime.now())
            if each.verdict.exit_code == 0:
                break
    except KeyboardInterrupt:
        if memory.last is None:
            raise
    finally:
        screen.close()
    assert memory.last is not None
    return RememberedVerdict(memory.last.verdict, memory.last.session, remembered=memory.last_is_remembered)


def report(jobs: list[Job], checked: RememberedVerdict, output: Output, record: Path | None) -> None:
    """Records, prints and remembers the verdict, and proposes what to do next where everything passed."""
    if record is not None:
        keep(record, jobs, checked, output.catalog)
    typer.echo(formatted(checked.verdict, output.format, output.labs, output.catalog, cleaned=output.cleaned))
    if output.show_map and output.format is Format.TEXT:
        _print_map(checked)
    print_emulator_hint(checked)
    remembered = remember(checked, output)
    if output.format is Format.TEXT and not output.cleaned and checked.verdict.exit_code == 0:
        typer.echo(next_steps(remembered, output))


def _print_map(checked: RememberedVerdict) -> None:
    from labs.show.placement_text import render_placement
    from labs.verify.placement_map import maps_of

    for placement in maps_of(checked.session.scope.reads()):
        typer.echo(f"\n{render_placement(placement, 'memory', runtime.width())}")


def formatted(
    verdict: Verdict, format_: Format, labs: list[Lab], catalog: Catalog, *, cleaned: bool = False
) -> str:
    """The verdict in the format that was asked for."""
    from labs.show import clean_text, verdict_files, verdict_json
    from labs.show.verdict_text import verdict_text

    match format_:
        case Format.JSON:
            return verdict_json.dumps(verdict_json.verdict_document(verdict))
        case Format.JUNIT:
            return verdict_files.junit(verdict)
        case Format.MARKDOWN:
            from labs import __version__

            return verdict_files.markdown(verdict, __version__)
        case Format.TEXT if cleaned:
            return clean_text.render_cleaned(verdict)
        case Format.TEXT:
            questions = {
                f"{deck.name}:{card.id}": card.question for deck in catalog.decks() for card in deck.cards
            }
            return verdict_text(verdict, {lab.id: lab for lab in labs}, runtime.width(), questions)


def print_emulator_hint(checked: RememberedVerdict) -> None:
    """Says how to reach the sandbox, or how to probe an emulator, where not everything passed for that reason."""
    from labs.cli.where import sandbox_advice
    from labs.verify.emulator_gaps import emulator, known

    if advice := sandbox_advice(checked.session):
        typer.echo(f"labs: {advice}", err=True)
        return
    url = checked.verdict.exit_code and emulator(checked.session)
    if url and known(checked.session) is None:
        typer.echo(
            f"labs: {url} is neither AWS nor the sandbox: what does not pass there is inconclusive until you run\n"
            f"  labs sandbox status --fidelity --endpoint-url {checked.session.endpoint or url}",
            err=True,
        )


def remember(checked: RememberedVerdict, output: Output) -> bool:
    """Stores a verdict in the learner's history, or that a clean-up was done; whether the history holds it now."""
    if checked.remembered:
        return True
    if output.cleaned:
        output.history.remember_cleaned([lab.lab for lab in checked.verdict.labs if lab.passed])
        return False
    return output.history.remember(checked.verdict, output.catalog)


def next_steps(remembered: bool, output: Output) -> str:
    """The next steps by the history; the command that lists them, where the verdict is not in it."""
    from labs.show.progress_text import next_text
    from labs.study.proposals import proposals

    if not remembered:
        return "\nnext  labs next"
    learner = output.history.learner(output.catalog)
    return f"\n{next_text(proposals(learner, runtime.now())[:2])}"


def keep(file: Path, jobs: list[Job], checked: RememberedVerdict, catalog: Catalog, hide: str = "") -> None:
    """Writes a record, replays it at once, and says so where that does not give the same verdict.

    `hide` is an account number that the file does not show.
    """
    from labs import __version__
    from labs.aws.read_only_guard import read_only_guard
    from labs.show import verdict_json
    from labs.verify import recording

    verdict = checked.verdict
    document = json.loads(verdict_json.dumps(verdict_json.verdict_document(verdict)))
    kept = recording.record(
        jobs, checked.session, verdict, document=document, at=runtime.now(), version=__version__
    )
    if hide:
        kept = recording.without_account(kept, hide)
    recording.write(kept, file)
    with read_only_guard():
        differences = recording.differences(recording.read(file), recording.replay(kept, catalog))
    for each in differences:
        typer.echo(f"labs: {file} does not replay to this verdict: {each}", err=True)


def _waiting_printer() -> Callable[[Verdict], None]:
    """Prints what is waited for, each line once."""
    from labs.verdict import State

    printed: set[str] = set()

    def show(verdict: Verdict) -> None:
        for lab in verdict.labs:
            for finding in lab.findings:
                line = f"waiting for {lab.lab} {finding.id}: {plain(finding.found)}"
                if finding.state is State.FAILED and line not in printed:
                    printed.add(line)
                    typer.echo(line, err=True)

    return show
