"""Takes secrets out of what AWS answered, before it is kept: a record is made to be shown to others.

Names, numbers and policies stay, for a verdict rests on them. What goes: keys and tokens by their field, the
values of variables whose name says that they are secret, and what looks like a credential wherever it stands.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

REDACTED = "REDACTED"
FIELDS = frozenset(
    {
        "authorizationtoken",
        "credentialparameter",
        "keymaterial",
        "masteruserpassword",
        "password",
        "privatekey",
        "secretaccesskey",
        "secretbinary",
        "secretstring",
        "sessiontoken",
    }
)
"""Fields of answers that hold nothing but a secret, in lower case."""
BOOT_SCRIPTS = frozenset({"userdata"})

_SECRET = "passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|credential"  # noqa: S105 - words, no secret
_NAMED_SECRET = re.compile(_SECRET, re.IGNORECASE)
_ASSIGNED = re.compile(rf"\b(\w*(?:{_SECRET})\w*=)(\"[^\"$]+\"|'[^']+'|[^\s\"'$;&|()]+)", re.IGNORECASE)
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@]+):[^\s/@]+(?=@)")


def redacted(value: Any, field: str = "") -> Any:
    """The same value without its secrets; `field` is the name under which it stands."""
    match value:
        case dict():
            return {key: _entry(value, key) for key in value}
        case list():
            return [redacted(each, field) for each in value]
        case str() if field.lower() in FIELDS:
            return REDACTED if value else value
        case str() if field.lower() in BOOT_SCRIPTS:
            return _boot_script(value)
        case str():
            return _text(value)
        case _:
            return value


def _entry(pair: dict[str, Any], key: str) -> Any:
    """One entry; the `value` beside a `name` that says that it is secret is taken out."""
    held = pair[key]
    named = pair.get("name", pair.get("Name", pair.get("Key")))
    if key in ("value", "Value") and isinstance(named, str) and _NAMED_SECRET.search(named):
        return REDACTED if held else held
    if key in ("UserData", "userData") and isinstance(held, dict) and isinstance(held.get("Value"), str):
        return {**held, "Value": _boot_script(held["Value"])}
    return redacted(held, key)


def _text(text: str) -> str:
    text = _PEM.sub(REDACTED, _ACCESS_KEY.sub(REDACTED, text))
    text = _IN_ADDRESS.sub(rf"\1:{REDACTED}", text)
    return _ASSIGNED.sub(rf"\1{REDACTED}", text)


def _boot_script(encoded: str) -> str:
    """User data, which AWS gives out in base64."""
    try:
        script = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return _text(encoded)
    without = _text(script)
    return encoded if without == script else base64.b64encode(without.encode()).decode()
