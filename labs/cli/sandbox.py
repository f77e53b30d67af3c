"""`labs sandbox`: the embedded AWS."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labs.cli import options, runtime
from labs.cli.menu import new_group
from labs.cli.options import TextOrJson


class SizedBy(StrEnum):
    """What a map's blocks show the size of."""

    MEMORY = "memory"
    CPU = "cpu"


InAccount = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="Another of its accounts, by any twelve digits.")
]

app = new_group("The embedded AWS, for those without an account.")


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """The embedded AWS, for those without an account."""
    options.help_without_command(context)


@app.command()
def start(
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Listen on this port; else on the one it had.")
    ] = None,
    realistic: Annotated[
        bool, typer.Option("--realistic", help="Effects take some seconds, as on AWS.")
    ] = False,
    enforce_iam: Annotated[
        bool,
        typer.Option("--enforce-iam", help="Keys of users and roles may do what their policies allow."),
    ] = False,
) -> None:
    """Start it, and return when it answers; its world is as you left it."""
    from labs.sandbox import control

    sandbox = control.start(runtime.home(), port=port, realistic=realistic, enforces_iam=enforce_iam)
    state = "runs already" if sandbox.ran_already else "runs"
    typer.echo(f"The sandbox {state} at {sandbox.url}: account {sandbox.account}, {sandbox.region}.")
    typer.echo('Use it: eval "$(labs sandbox env)", or labs sandbox shell')
    if sandbox.damage:
        typer.echo(sandbox.damage, err=True)


@app.command()
def stop() -> None:
    """Stop it; its world is kept."""
    from labs.sandbox import control

    stopped = control.stop(runtime.home())
    typer.echo("The sandbox has stopped; its world is kept." if stopped else "No sandbox was running.")


@app.command()
def status(
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    fidelity: Annotated[
        bool, typer.Option("--fidelity", help="Try out what it provides of AWS; takes half a minute.")
    ] = False,
    endpoint_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="With --fidelity: try out another emulator, which gets to keep the mess."
        ),
    ] = None,
) -> None:
    """Whether it runs, where, and what is in it. Exit code 1 where none runs."""
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
        str | None, typer.Argument(metavar="[CLUSTER]", help="One cluster; without it, all of them.")
    ] = None,
    by: Annotated[SizedBy, typer.Option("--by", help="What the blocks are sized by.")] = SizedBy.MEMORY,
    account: InAccount = None,
) -> None:
    """Draw where tasks were placed: zones, instances, tasks."""
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
        typer.echo(f"There is nothing in {cluster}." if cluster else "No cluster has instances or tasks.")
    typer.echo("\n\n".join(render_placement(each, by.value, runtime.width()) for each in found))


@app.command()
def env(account: InAccount = None) -> None:
    """Print the lines that make a shell use it: eval "$(labs sandbox env)"."""
    from labs.sandbox import control

    typer.echo(control.exports(control.in_account(options.running_sandbox(), account)), nl=False)


@app.command()
def reset(yes: options.Yes = False) -> None:
    """Empty its world, after a confirmation."""
    from labs.sandbox import control

    if not yes:
        typer.confirm("Remove everything in the sandbox?", abort=True, err=True)
    stopped = control.reset(runtime.home())
    typer.echo("The sandbox is empty.")
    if stopped:
        typer.echo("It did not answer, and was stopped: `labs sandbox start` starts it.", err=True)


@app.command()
def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to keep the world.")],
    images: Annotated[
        bool, typer.Option("--images", help="Keep the contents of images too; without it, push them again.")
    ] = False,
) -> None:
    """Keep its world in a file, for later or for others."""
    from labs.sandbox import control

    control.save(runtime.home(), file, images=images)
    typer.echo(f"The world is kept in {file}.")


@app.command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A world that `labs sandbox save` kept.")],
    yes: options.Yes = False,
) -> None:
    """Put a saved world in the place of the present one, after a confirmation."""
    from labs.sandbox import control

    if not yes:
        typer.confirm("Replace everything in the sandbox?", abort=True, err=True)
    lost = control.load(runtime.home(), file)
    typer.echo(f"The sandbox holds the world of {file}.")
    if lost:
        typer.echo(lost, err=True)


@app.command()
def shell(account: InAccount = None) -> None:
    """Open a shell in which the AWS CLI, boto3 and labs all talk to it."""
    from labs.sandbox import control

    typer.echo(
        "In this shell aws, boto3 and labs talk to the sandbox; leave it by `exit`.\n"
        "Images: log in with docker at $LABS_REGISTRY; podman, buildah and skopeo also need --tls-verify=false."
    )
    control.shell(control.in_account(options.running_sandbox(), account))
