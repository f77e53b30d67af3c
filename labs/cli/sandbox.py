"""`labs sandbox`: starts, stops, saves and inspects the embedded AWS."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labs.cli import options, runtime
from labs.cli.menu import new_group
from labs.cli.options import TextOrJson


class SizedBy(StrEnum):
    """The resource that the sizes of the blocks in a map stand for."""

    MEMORY = "memory"
    CPU = "cpu"


InAccount = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="Use this sandbox account. Any 12 digits work.")
]

app = new_group("Run the embedded AWS on this computer.")


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Run the embedded AWS on this computer."""
    options.help_without_command(context)


@app.command()
def start(
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Listen on PORT. Default: the port of the last run.")
    ] = None,
    realistic: Annotated[
        bool, typer.Option("--realistic", help="Make changes take several seconds, as on AWS.")
    ] = False,
    enforce_iam: Annotated[
        bool,
        typer.Option("--enforce-iam", help="Enforce IAM policies for the access keys of users and roles."),
    ] = False,
) -> None:
    """Start the sandbox. It keeps its state from the last run."""
    from labs.sandbox import control

    sandbox = control.start(runtime.home(), port=port, realistic=realistic, enforces_iam=enforce_iam)
    state = "already running" if sandbox.ran_already else "running"
    typer.echo(f"The sandbox is {state} at {sandbox.url} (account {sandbox.account}, {sandbox.region}).")
    typer.echo('Use it: labs sandbox shell, or eval "$(labs sandbox env)"')
    if sandbox.damage:
        typer.echo(sandbox.damage, err=True)
    status = None if sandbox.ran_already else control.status(runtime.home())
    for error in status.errors if status else ():
        typer.echo(f"labs: {error}", err=True)


@app.command()
def stop() -> None:
    """Stop the sandbox and keep its state."""
    from labs.sandbox import control

    stopped = control.stop(runtime.home())
    typer.echo("The sandbox is stopped. Its state is saved." if stopped else "The sandbox was not running.")


@app.command()
def status(
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    fidelity: Annotated[
        bool, typer.Option("--fidelity", help="Test which AWS features it supports. Takes about 30 seconds.")
    ] = False,
    endpoint_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="With --fidelity: test another emulator. Test resources are left behind."
        ),
    ] = None,
) -> None:
    """Show whether the sandbox is running, and where. Exit code 1 if it is stopped."""
    if fidelity or endpoint_url:
        _print_fidelity(format_, endpoint_url)
        return
    from labs.sandbox import control
    from labs.show import sandbox_text, verdict_json

    found = control.status(runtime.home())
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(sandbox_text.sandbox_document(found)))
    else:
        typer.echo(sandbox_text.render_sandbox_status(found))
    raise typer.Exit(0 if found else 1)


def _print_fidelity(format_: TextOrJson, endpoint_url: str | None) -> None:
    from labs.sandbox.extend import counted_sources
    from labs.sandbox.fidelity import emulators
    from labs.sandbox.fidelity.map import fidelity_map, lacks, probe_endpoint
    from labs.show import fidelity_text, verdict_json

    found = probe_endpoint(endpoint_url) if endpoint_url else fidelity_map()
    if endpoint_url:
        emulators.keep(runtime.home(), endpoint_url, lacks(found))
    sources = {} if endpoint_url else counted_sources()
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(fidelity_text.fidelity_document(found, endpoint_url, sources)))
    else:
        typer.echo(fidelity_text.render_fidelity(found, endpoint_url, sources))


@app.command("map")
def placement_map(
    cluster: Annotated[
        str | None, typer.Argument(metavar="[CLUSTER]", help="Cluster. Default: all clusters.")
    ] = None,
    by: Annotated[
        SizedBy, typer.Option("--by", help="Resource that the size of a block shows.")
    ] = SizedBy.MEMORY,
    account: InAccount = None,
) -> None:
    """Draw where tasks are placed: Availability Zones, instances, tasks."""
    from labs.aws.request_scope import Read
    from labs.sandbox import control
    from labs.sandbox.client.clusters import cluster_answers
    from labs.show.placement_text import render_placement
    from labs.verify.placement_map import maps_of

    sandbox = control.in_account(options.running_sandbox(), account)
    answers = cluster_answers(sandbox, cluster)
    reads = [Read("ecs", operation, sandbox.region, answer) for operation, answer in answers]
    found = maps_of(reads)
    if not found:
        typer.echo(
            f"Cluster {cluster} has no instances and no tasks."
            if cluster
            else "No cluster has instances or tasks."
        )
    typer.echo("\n\n".join(render_placement(each, by.value, runtime.width()) for each in found))


@app.command()
def env(account: InAccount = None) -> None:
    """Print shell commands that point the AWS tools at the sandbox: eval "$(labs sandbox env)"."""
    from labs.sandbox import control

    exports = control.exports(control.in_account(options.running_sandbox(), account))
    typer.echo(os.fsencode(exports), nl=False)  # paths may have bytes that are not UTF-8


@app.command()
def reset(yes: options.Yes = False) -> None:
    """Delete everything in the sandbox. Asks for confirmation."""
    from labs.sandbox import control

    if not yes:
        typer.confirm("Delete everything in the sandbox?", abort=True, err=True)
    stopped = control.reset(runtime.home())
    typer.echo("The sandbox is empty.")
    if stopped:
        typer.echo("It did not answer and was stopped. Start it: labs sandbox start", err=True)


@app.command()
def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Output file.")],
    images: Annotated[
        bool, typer.Option("--images", help="Also save the contents of images. Without it, push them again.")
    ] = False,
) -> None:
    """Save the state of the sandbox to a file."""
    from labs.sandbox import control

    control.save(runtime.home(), file, images=images)
    typer.echo(f"Saved the state to {file}.")


@app.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File from `labs sandbox save`.")],
    yes: options.Yes = False,
) -> None:
    """Replace the state of the sandbox with a saved state. Asks for confirmation."""
    from labs.sandbox import control
    from labs.sandbox.server.pack_extensions import GROUP as PACK_EXTENSIONS
    from labs.system.entry_points import entry_points

    if not yes:
        typer.confirm("Replace everything in the sandbox?", abort=True, err=True)
    lost = control.load(runtime.home(), file)
    typer.echo(f"Loaded the state from {file}.")
    if entry_points(PACK_EXTENSIONS):
        typer.echo("The sandbox extensions of installed packs do not apply to a loaded state.", err=True)
    if lost:
        typer.echo(lost, err=True)


@app.command()
def shell(account: InAccount = None) -> None:
    """Open a shell in which the AWS CLI, boto3 and labs use the sandbox."""
    from labs.sandbox import control

    sandbox = control.in_account(options.running_sandbox(), account)
    text = (
        "In this shell, aws, boto3 and labs use the sandbox. Leave it with `exit`.\n"
        "Container images: docker logs in to $LABS_REGISTRY; podman, buildah and skopeo also need --tls-verify=false."
    )
    typer.echo(runtime.folded(text, sys.stdout))
    control.shell(sandbox)
