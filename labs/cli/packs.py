"""`labs packs`: lists the packs in use, and those left out with the reason."""

from __future__ import annotations

import typer

from labs.cli import options, runtime
from labs.cli.options import TextOrJson


def packs(format_: options.AsTextOrJson = TextOrJson.TEXT, pack: options.Packs = None) -> None:
    """List the packs in use with version, labs and kill score, and those that were left out, with the reason."""
    from labs.content.pack import open_catalog
    from labs.content.pack_list import pack_infos
    from labs.show import verdict_json
    from labs.show.packs_text import packs_document, render_packs

    catalog = open_catalog(pack or ())
    found = pack_infos(catalog)
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(packs_document(found, catalog.faults)))
    else:
        typer.echo(render_packs(found, catalog.faults, runtime.width()))
