"""Runs `labs check`: once, with --wait or with --watch; prints, records and stores the verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
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


class Output(msgspec.Struct, frozen=True):
    """The output of one command: labs, format and options of the verdict, and the history that stores it."""

    labs: list[Lab]
    catalog: Catalog
    history: History
    format: Format
    cleaned: bool = False
    show_map: bool = False


class CheckedRun(NamedTuple):
    """A verdict with the session that it was made in, and whether the history already stores it."""

    verdict: Verdict
    session: AwsSession
    remembered: bool = False


def once(jobs: list[Job], session: AwsSession, wait: float) -> CheckedRun:
    """One verdict. With `wait`, verifies again for up to that many seconds while only effects are missing."""
    from labs.verify.runner import verify_until

    return CheckedRun(*verify_until(jobs, session, wait, on_wait=_waiting_printer()))


def watch(jobs: list[Job], session: AwsSession, output: Output) -> CheckedRun:
    """Verifies until everything passes or until Ctrl-C, and returns the last verdict."""
    from labs.learner.watched import WatchMemory
    from labs.show.terminal import is_terminal
    from labs.show.watch_screen import ChangedLines, LiveScreen
    from labs.verify.watch import rounds

    for_people = output.format is Format.TEXT
    screen = LiveScreen() if for_people and is_terminal() else ChangedLines(err=not for_people)
    memory = WatchMemory(
        lambda verdict: remember(CheckedRun(verdict, session), output),
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
    return CheckedRun(memory.last.verdict, memory.last.session, remembered=memory.last_is_remembered)


def report(jobs: list[Job], checked: CheckedRun, output: Output, record: Path | None) -> None:
    """Records, prints and stores the verdict; proposes the next steps if everything passed.

    Raises CouldNotLook with the command to type if this shell does not reach the sandbox.
    """
    from labs.doctor.sandbox_advice import sandbox_advice
    from labs.errors import CouldNotLook

    if record is not None:
        keep(record, jobs, checked, output.catalog)
    advice = sandbox_advice(checked.session, runtime.home())
    if advice and output.format is Format.TEXT:
        raise CouldNotLook(advice)
    typer.echo(formatted(checked.verdict, output.format, output.labs, output.catalog, cleaned=output.cleaned))
    if output.show_map and output.format is Format.TEXT:
        _print_map(checked)
    if advice:
        runtime.warn(advice)
    else:
        print_emulator_hint(checked)
    remembered = remember(checked, output)
    if output.format is Format.TEXT and not output.cleaned and checked.verdict.exit_code == 0:
        typer.echo(next_steps(remembered, output))


def _print_map(checked: CheckedRun) -> None:
    from labs.show.placement_text import render_placement
    from labs.verify.placement_map import maps_of

    for placement in maps_of(checked.session.scope.reads()):
        typer.echo(f"\n{render_placement(placement, 'memory', runtime.width())}")


def formatted(
    verdict: Verdict, format_: Format, labs: list[Lab], catalog: Catalog, *, cleaned: bool = False
) -> str:
    """The verdict as text in this format."""
    match format_:
        case Format.JSON:
            from labs.show import verdict_json

            return verdict_json.dumps(verdict_json.verdict_document(verdict))
        case Format.JUNIT:
            from labs.show import verdict_files

            return verdict_files.junit(verdict)
        case Format.MARKDOWN:
            from labs import __version__
            from labs.show import verdict_files

            return verdict_files.markdown(verdict, __version__)
        case Format.TEXT if cleaned:
            from labs.show import clean_text

            return clean_text.render_cleaned(verdict)
        case Format.TEXT:
            from labs.content.links import questions
            from labs.show.verdict_text import verdict_text

            by_name = {lab.id: lab for lab in labs}
            return verdict_text(verdict, by_name, runtime.width(), questions(catalog.decks()))


def print_emulator_hint(checked: CheckedRun) -> None:
    """Prints how to probe the emulator, if that may be why not everything passed."""
    from labs.verify.emulator_gaps import emulator, known

    url = checked.verdict.exit_code and emulator(checked.session)
    if url and known(checked.session) is None:
        typer.echo(
            f"labs: {url} is neither AWS nor the sandbox: what does not pass there is inconclusive until you run\n"
            f"  labs sandbox status --fidelity --endpoint-url {checked.session.endpoint or url}",
            err=True,
        )


def remember(checked: CheckedRun, output: Output) -> bool:
    """Stores a verdict, or a clean-up, in the history. Returns whether the history now holds the verdict."""
    if checked.remembered:
        return True
    if output.cleaned:
        output.history.remember_cleaned([lab.lab for lab in checked.verdict.labs if lab.passed])
        return False
    return output.history.remember(checked.verdict, output.catalog)


def next_steps(remembered: bool, output: Output) -> str:
    """The next steps according to the history; only the command that lists them if the verdict is not stored."""
    from labs.show.progress_text import next_text
    from labs.study.proposals import proposals

    if not remembered:
        return "\nnext  labs next"
    learner = output.history.learner(output.catalog)
    return f"\n{next_text(proposals(learner, runtime.now())[:2], runtime.width())}"


def keep(file: Path, jobs: list[Job], checked: CheckedRun, catalog: Catalog, hide: str = "") -> None:
    """Writes a record, replays it immediately, and warns if the replay gives a different verdict.

    `hide` is an account ID to replace in the file.
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
    """A printer of the objectives that are waited for, each line once."""
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
