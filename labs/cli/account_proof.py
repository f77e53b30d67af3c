"""`labs test --account`: plays labs in a real account after a confirmation, prints each step and how to continue."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from labs.author.account import preflight
from labs.author.account.plan import Stage
from labs.author.account.proof import AccountProof
from labs.author.account.real_account import RealAccount
from labs.author.account.run_state import RunState, StateFile, state_file
from labs.aws.session import AwsSession, ConnectionOptions
from labs.cli import runtime
from labs.cli.options import TextOrJson, make_folder
from labs.content.pack import Catalog, open_catalog
from labs.errors import CouldNotLook, LabsError, OutOfBudget, UsageError
from labs.sandbox.commands import aws_cli
from labs.show import doctor_text, proof_text, verdict_json
from labs.show.wording import plural
from labs.verdict import Verdict
from labs.verify.job import Job

if TYPE_CHECKING:
    from labs.content.lab import Lab

DEFAULT_MAX_COST = 1.0
END_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class AccountOptions:
    """The options of a proof in a real account."""

    account: str
    profile: str | None
    region: str | None
    max_cost: float | None
    wait: float
    record: Path | None
    yes: bool
    resume: bool


def prove_in_account(
    names: list[str], given: AccountOptions, format_: TextOrJson, packs: tuple[Path, ...]
) -> int:
    """Proves labs in an account, or continues an interrupted proof with `resume`. Returns the exit code."""
    with state_file(runtime.home()) as file, aws_cli() as cli:
        state = _state_to_resume(file, names, given)
        catalog = open_catalog([Path(pack) for pack in state.packs] if state else packs)
        labs = [catalog.lab(name) for name in (state.labs if state else names)] or catalog.all()
        region = given.region or (state.region if state else None)
        connection = ConnectionOptions(given.profile, region, account=given.account)
        account = RealAccount(catalog, connection, cli, runtime.pause)
        if state is None:
            state = _new_state(account, labs, given, packs)
            file.write(state)
        elif given.max_cost is not None:
            state.max_cost = given.max_cost
        recorder = partial(_record, given, catalog)
        proof = AccountProof(account, file, state, runtime.now, given.wait, recorder, runtime.warn)
        interruption = _play(proof, labs, format_)
        return _finish(proof, interruption, format_)


def _state_to_resume(file: StateFile, names: list[str], given: AccountOptions) -> RunState | None:
    """The state of the interrupted proof; None if there is none. Raises UsageError if the options do not fit it."""
    state = file.read()
    if state is None and given.resume:
        raise UsageError("no proof in an account was interrupted: there is nothing to resume")
    if state and not given.resume:
        raise UsageError(
            f"a proof in account {state.account} was interrupted. To clean up and continue: "
            f"labs test --account {state.account} --resume"
        )
    if state and state.account != given.account:
        raise UsageError(f"the proof to resume is in account {state.account}, not in {given.account}")
    if state and given.region and given.region != state.region:
        raise UsageError(f"the proof to resume is in region {state.region}, not in {given.region}")
    if state and names and set(names) != set(state.labs):
        raise UsageError(f"the proof to resume is of {', '.join(state.labs)}: name no labs, or these")
    return state


def _new_state(
    account: RealAccount, labs: list[Lab], given: AccountOptions, packs: tuple[Path, ...]
) -> RunState:
    """The state of a new proof, after preflight and confirmation. Raises UsageError if the account is not ready."""
    max_cost = DEFAULT_MAX_COST if given.max_cost is None else given.max_cost
    points = list(preflight.examine(account, labs, max_cost))
    typer.echo(doctor_text.render_doctor(points), err=True)
    if not all(point.well for point in points):
        raise UsageError("The account is not ready. Nothing was changed.")
    if not given.yes:
        typer.confirm(f"Play {plural(len(labs), 'lab')} in account {given.account}?", abort=True, err=True)
    if preflight.can_create_role(points) and (wrong := account.create_service_linked_role()):
        raise CouldNotLook(wrong)
    region = account.session().region
    return RunState(
        account=given.account,
        region=region,
        labs=tuple(lab.id for lab in labs),
        packs=tuple(str(pack.resolve()) for pack in packs),
        max_cost=max_cost,
    )


def _play(proof: AccountProof, labs: list[Lab], format_: TextOrJson) -> LabsError | None:
    """Plays all stages that are not done. Returns the error if the budget ended the proof early, else None."""
    with _signals_as_ctrl_c():
        try:
            for step in proof.run(labs):
                if format_ is TextOrJson.TEXT:
                    typer.echo(proof_text.line(step), err=not step.wrong)
        except KeyboardInterrupt:
            runtime.warn(_how_to_resume(proof.state))
            raise
        except LabsError as error:
            if proof.state.playing:
                runtime.warn(_how_to_resume(proof.state))
            if not isinstance(error, OutOfBudget):
                raise
            return error
    return None


def _finish(proof: AccountProof, interruption: LabsError | None, format_: TextOrJson) -> int:
    """Prints the results, and removes the state file of a complete proof. Returns the exit code."""
    steps = proof.state.done
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(proof_text.proof_document(steps, {})))
    else:
        typer.echo(proof_text.account_table(steps))
    runtime.warn(f"estimated cost: ${proof.state.spent:.2f}")
    if proof.account.unread:
        runtime.warn(
            f"not all could be listed: not allowed to call {', '.join(sorted(proof.account.unread))}"
        )
    failed = any(step.wrong for step in steps)
    if interruption:
        runtime.warn(str(interruption))
        return 1 if failed else interruption.exit_code
    proof.file.remove()
    return 1 if failed else 0


def _how_to_resume(state: RunState) -> str:
    resume = f"labs test --account {state.account} --resume"
    if state.playing:
        left = f"resources of {state.playing.lab} may be in account {state.account} and cost money"
        return f"{left}. Remove them: {resume}"
    return f"nothing is left in account {state.account}. Go on: {resume}"


def _record(
    given: AccountOptions,
    catalog: Catalog,
    stage: Stage,
    jobs: list[Job],
    verdict: Verdict,
    session: AwsSession,
) -> None:
    """Records a check in the folder of --record, without secrets and without the account ID."""
    if given.record is None:
        return
    from labs.cli.run_check import CheckedRun, keep

    make_folder(given.record)
    name = ".".join(part for part in (stage.lab, stage.kind, stage.name, "json") if part)
    keep(given.record / name, jobs, CheckedRun(verdict, session), catalog, hide=given.account)


@contextmanager
def _signals_as_ctrl_c() -> Iterator[None]:
    """Handles SIGTERM and SIGHUP as Ctrl-C while the block runs, so that the clean-up still happens."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in END_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
