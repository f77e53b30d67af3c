"""`labs explain` replays records; `labs receipt` signs and verifies verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labs.cli import options, runtime
from labs.cli.history import open_history
from labs.cli.menu import CommandGroup, new_group
from labs.cli.options import Format
from labs.errors import BadParameter, LabsError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    from labs.verify.receipt import SignedStatement
    from labs.verify.recording import Record, State


class SignByDefault(CommandGroup):
    """A group in which `labs receipt FILE` means `labs receipt sign FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Inserts `sign` if the first argument names no command."""
        named = ctx.resilient_parsing if not args else args[0] in {*self.commands, "-h", "--help"}
        if not named:
            args = ["sign", *args]
        return super().parse_args(ctx, args)


app = new_group("Sign and verify verdicts.", SignByDefault)
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar="PEM", help="Sign with this Ed25519 private key. Default: the key of this computer."
    ),
]


def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Record from `labs check --record`.")],
    format_: Annotated[Format, typer.Option("--format", help="Output format.")] = Format.TEXT,
    test: Annotated[
        Path | None,
        typer.Option("--test", metavar="DIR", help="Save the record to DIR as a regression test."),
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect",
            metavar="OBJECTIVE=STATE",
            help="Set the correct state of an objective in the saved test. Repeatable.",
        ),
    ] = None,
    pack: options.Packs = None,
) -> None:
    """Replay a recorded check offline with the checks of this version. Exit codes as for `labs check`."""
    from labs.aws.read_only_guard import read_only_guard
    from labs.cli.run_check import formatted
    from labs.content.pack import open_catalog
    from labs.verify import recording

    kept = recording.settled(recording.read(file), _expected(expect))
    with read_only_guard():
        catalog = open_catalog(pack or ())
        verdict = recording.replay(kept, catalog)
    typer.echo(formatted(verdict, format_, [catalog.lab(lab.lab) for lab in kept.labs], catalog))
    typer.echo(
        f"Replayed {file}, recorded at {kept.at:%Y-%m-%d %H:%M} UTC. No AWS calls were made.", err=True
    )
    for difference in [*recording.other_packs(kept, catalog), *recording.differences(kept, verdict)]:
        typer.echo(difference, err=True)
    if test is not None:
        typer.echo(f"Saved as {_save_test(kept, test, file)}. The tests now replay it.", err=True)
    raise typer.Exit(verdict.exit_code)


@app.command()
def sign(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE]",
            help="Record, or JSON output of `labs check`. Default: the last check.",
        ),
    ] = "last",
    key: KeyFile = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Output file. Default: standard output."),
    ] = None,
) -> None:
    """Sign a verdict from a record, from a JSON file, or from the last check on this computer."""
    from labs.verify import receipt

    made = receipt.dump(receipt.sign(_statement(file), _signing_key(key)))
    if out is None:
        typer.echo(made)
    else:
        options.write(out, made.encode() + b"\n")
        typer.echo(f"{out} is signed; labs receipt verify {out}")


@app.command()
def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Receipt files or folders.")],
    key: Annotated[Path | None, typer.Option("--key", metavar="PEM", help="Require this public key.")] = None,
) -> None:
    """Verify that receipts are unchanged, and show who signed them. Exit code 1 if one is not valid."""
    from labs.verify import receipt

    wanted = receipt.public_key(key) if key else None
    files = [file for path in paths for file in _receipt_files(path)]
    if len(files) == 1:
        typer.echo(_verified_text(files[0], wanted))
        return
    failed = 0
    for file in files:
        try:
            typer.echo(f"{file}\n{_verified_text(file, wanted)}\n")
        except LabsError as error:
            failed += 1
            typer.echo(f"{file}\n  ✗ {error}\n")
    typer.echo(f"{len(files) - failed} of {len(files)} receipts are valid")
    raise typer.Exit(1 if failed else 0)


def _receipt_files(path: Path) -> list[Path]:
    """The file itself, or all receipts below a folder. Raises UsageError for a folder without receipts."""
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.suffix in (".json", ".html"))
    if not found:
        raise UsageError(f"{path} holds no receipts (files that end in .json or .html)")
    return found


def _verified_text(file: Path, wanted: Ed25519PublicKey | None) -> str:
    """The statement of a receipt as text. Raises BadReceipt if the signature is not valid."""
    from labs.show import receipt_text
    from labs.verify import receipt

    verified = receipt.verify(receipt.read(file), wanted)
    own = receipt.fingerprint_of(runtime.home())
    return receipt_text.render_receipt(verified, trusted=wanted is not None, own=verified.fingerprint == own)


@app.command()
def key(key: KeyFile = None) -> None:
    """Print the public key of this computer. Others need it to verify your receipts."""
    from labs.verify import receipt

    typer.echo(receipt.public_pem(_signing_key(key)), nl=False)


def _signing_key(path: Path | None) -> Ed25519PrivateKey:
    from labs.verify import receipt

    return receipt.private_key(path) if path else receipt.own_key(runtime.home())


def _statement(file: str) -> SignedStatement:
    """The verdict to sign: from a file, or the last one in the history."""
    import hashlib
    import json

    from labs import __version__
    from labs.verify.receipt import SignedStatement

    signed_at = f"{runtime.now():%Y-%m-%dT%H:%M:%SZ}"
    if file == "last" and not Path(file).exists():
        return SignedStatement(_last_verdict(), signed_at, __version__)
    raw = options.read(Path(file))
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file}: neither a record nor the JSON of a check: {error}") from error
    if isinstance(document, dict) and "answers" in document:
        return SignedStatement(
            _replayed_verdict(Path(file)), signed_at, __version__, hashlib.sha256(raw).hexdigest()
        )
    if not (isinstance(document, dict) and document.get("labs") and "target" in document):
        raise UsageError(f"{file}: neither a record nor the JSON of a check: it holds no verdict")
    return SignedStatement(document, signed_at, __version__)


def _replayed_verdict(file: Path) -> dict[str, Any]:
    """The verdict of a record. Raises UsageError if a replay of its answers gives a different one."""
    from labs.aws.read_only_guard import read_only_guard
    from labs.content.pack import open_catalog
    from labs.verify import recording

    kept = recording.read(file)
    with read_only_guard():
        otherwise = recording.differences(kept, recording.replay(kept, open_catalog()))
    if otherwise:
        raise UsageError(f"{file}: its answers do not give its verdict: {'; '.join(otherwise)}")
    packs = {each.lab: each.pack for each in kept.labs}
    return {**kept.verdict, "labs": [{**lab, "pack": packs[lab["lab"]]} for lab in kept.verdict["labs"]]}


def _last_verdict() -> dict[str, Any]:
    """The latest verdict in the history, as far as the history stores it. Raises UsageError if there is none."""
    from labs.show import verdict_json
    from labs.store.queries import checks

    with open_history() as history:
        last = next(iter(checks(history.store, newest=1)), None)
    if last is None:
        raise UsageError("Nothing was checked on this computer yet. Run `labs check LAB`, or name a file")
    return verdict_json.remembered_document(last)


def _expected(pairs: list[str] | None) -> dict[str, State]:
    """The `--expect OBJECTIVE=STATE` options by objective. Raises BadParameter for an unknown state."""
    import msgspec

    from labs.verify.recording import State

    try:
        return msgspec.convert(dict(pair.split("=", 1) for pair in pairs or ()), dict[str, State])
    except (ValueError, msgspec.ValidationError) as error:
        raise BadParameter(
            f"--expect takes OBJECTIVE=STATE: passed, failed, blocked or inconclusive ({error})"
        ) from None


def _save_test(kept: Record, folder: Path, file: Path) -> Path:
    """Saves a record as a regression test, named by its time, labs and file. Returns the path."""
    from labs.verify import recording

    options.make_folder(folder)
    name = f"{kept.at:%Y%m%d}-{'-'.join(lab.lab for lab in kept.labs)[:60]}-{file.stem}.json"
    path = folder / name
    if path.exists() and path.resolve() != file.resolve():
        raise UsageError(f"{path} exists already. Choose another name")
    recording.write(kept, path)
    return path
