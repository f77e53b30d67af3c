"""The template environment of all pages: escapes values, and removes control characters from them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from labs.content.markdown import plain
from labs.show.verdict_json import found_text
from labs.verdict import Finding
from labs.web.texts import line, prose, whole

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent


@cache
def templates() -> Environment:
    """The Jinja environment with the filters of the pages."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    found.filters.update(
        inline=line,
        prose=prose,
        whole=whole,
        address=lambda text: quote(text, safe=""),
        found=_found,
        evidence=evidence_text,
        page_name=_page_name,
    )
    return found


def render(template: str, **about: object) -> str:
    """A page from its template and values."""
    from labs import __version__

    return templates().get_template(template).render(version=__version__, **about)


def _found(finding: Finding) -> str:
    """The value found, or the message if there is none."""
    return found_text(finding) if finding.found else finding.message


def _page_name(link: str) -> str:
    """The name of a documentation page, from the last part of its URL."""
    name = urlsplit(link).path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return re.sub("[-_]+", " ", name)


def evidence_text(finding: Finding) -> str:
    """The evidence of a finding as text: distinct values, grouped by call."""
    lines: dict[str, list[str]] = {}
    for each in finding.evidence:
        value = json.dumps(each.value, ensure_ascii=False, default=str)
        line = f"  {value}" if each.path == "@" else f"  {each.path}  {value}"
        of_call = lines.setdefault(f"{each.service}:{each.operation}", [])
        if line not in of_call:
            of_call.append(line)
    return "\n".join("\n".join([call, *values]) for call, values in lines.items())


def _visible(value: object) -> object:
    """Text without control characters and without characters that change the writing direction."""
    return plain(value) if type(value) is str else value
