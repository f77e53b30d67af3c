"""Writes docs/sdk.md: what `labs.sdk` promises to packs, made of its signatures and docstrings.

    uv run python -m tools.sdk_reference

A test holds the page against the code: who changes a name or a signature of the SDK sees it there.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from labs import sdk

PAGE = Path(__file__).parents[1] / "docs" / "sdk.md"
MODULES = ("iam", "iam_roles", "log_groups", "security_groups")
HEAD = f"""# What a check may import: `labs.sdk`

Written by `python -m tools.sdk_reference`; not to be edited. This is API {sdk.API}: it grows by additions, and what is
taken away says so for a release first. Checks import `labs.sdk` and nothing else of `labs`; boto3's clients, which
`Account` hands out, answer in [boto3's own shapes](https://docs.aws.amazon.com/boto3/latest/).
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD, "## Names\n"]
    for name in sorted(sdk.__all__, key=str.lower):
        value = getattr(sdk, name)
        if not isinstance(value, ModuleType):
            lines += _entry(name, value)
    for name in MODULES:
        module = getattr(sdk, name)
        lines += [f"## `labs.sdk.{name}`\n", f"{_text(module)}\n"]
        for each in _public(module):
            lines += _entry(each, getattr(module, each))
    return "\n".join(lines).rstrip() + "\n"


def _public(module: ModuleType) -> list[str]:
    if hasattr(module, "__all__"):
        return sorted(module.__all__, key=str.lower)
    own = (
        name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
    )
    return sorted((name for name in own if not name.startswith("_")), key=str.lower)


def _entry(name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value) and not issubclass(value, Exception):
        yield f"### `{name}{_signature(value)}`\n\n{_text(value)}\n"
        yield from _members(value)
    elif inspect.isfunction(value):
        yield f"### `{name}{_signature(value)}`\n\n{_text(value)}\n"
    else:
        yield f"### `{name}`\n\n{_text(value) if inspect.isclass(value) else f'`{_plain(str(value))}`'}\n"


def _members(cls: type) -> Iterator[str]:
    found = [
        f"* `{name}{_signature(each) if inspect.isfunction(each) else ''}`: {_text(each)}"
        for name, each in vars(cls).items()
        if not name.startswith("_") and (inspect.isfunction(each) or isinstance(each, property))
    ]
    if found:
        yield "\n".join(found) + "\n"


def _signature(value: Any) -> str:
    try:
        return _plain(str(inspect.signature(value)).replace("'", ""))
    except (TypeError, ValueError):
        return ""


def _plain(text: str) -> str:
    return (
        re.sub(r"\b(?:collections\.abc|labs\.sdk\.values|typing)\.", "", text)
        .replace("(self, ", "(")
        .replace("(self)", "()")
    )


def _text(value: Any) -> str:
    return " ".join((inspect.getdoc(value) or "").replace("\n\n", "\0").split()).replace("\0", "\n\n")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
