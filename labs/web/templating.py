"""The templates of all pages: whatever is put into them is escaped, and cannot hide its letters."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from labs.show.verdict_json import found_text
from labs.verdict import Finding
from labs.web.texts import line

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@cache
def templates() -> Environment:
    """The environment with the filters that pages use."""
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
        address=lambda text: quote(text, safe=""),
        found=_found,
        evidence=evidence_text,
        page_name=_page_name,
    )
    return found


def render(template: str, **about: object) -> str:
    """A page, by the name of its template."""
    from labs import __version__

    return templates().get_template(template).render(version=__version__, **about)


def _found(finding: Finding) -> str:
    """The message of an objective: what was found, or why nothing was."""
    return found_text(finding) if finding.found else finding.message


def _page_name(link: str) -> str:
    """The name of a page of documentation, by the last part of its address."""
    name = urlsplit(link).path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    return re.sub("[-_]+", " ", name)


def evidence_text(finding: Finding) -> str:
    """The values by the call that answered them, each once."""
    lines: dict[str, list[str]] = {}
    for each in finding.evidence:
        value = json.dumps(each.value, ensure_ascii=False, default=str)
        line = f"  {value}" if each.path == "@" else f"  {each.path}  {value}"
        of_call = lines.setdefault(f"{each.service}:{each.operation}", [])
        if line not in of_call:
            of_call.append(line)
    return "\n".join("\n".join([call, *values]) for call, values in lines.items())


def _visible(value: object) -> object:
    """Text without control characters and without letters that turn the direction of writing."""
    return _STEERING.sub("", value) if type(value) is str else value
