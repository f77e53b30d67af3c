"""Removes secrets from AWS's answers before they are stored: records are made to be shared.

Names, numbers and policies stay: verdicts rest on them. Removed are keys and tokens by field name, values of variables
whose name suggests a secret, anything that looks like a credential, and of a container's environment, commands and
labels every value that no check compares with.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
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
"""Fields that contain nothing but a secret, in lower case."""
BOOT_SCRIPTS = frozenset({"userdata"})

OPAQUE_TEXTS = frozenset({"command", "entrypoint"})
OPAQUE_VALUES = frozenset({"environment"})
OPAQUE_MAPS = frozenset({"dockerlabels"})
"""Fields of containers with arbitrary content: lists of words, name-value pairs, maps."""

_SECRET = "passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|credential"  # noqa: S105 - words, no secret
_NAMED_SECRET = re.compile(_SECRET, re.IGNORECASE)
_WORD = r"(\"[^\"$]+\"|'[^']+'|[^\s\"'$;&|()]+)"
_RULES = (
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), ""),
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        "",
    ),
    (re.compile(r"(?<=://)([^\s/:@]+:)[^\s/@]+(?=@)"), r"\1"),
    (re.compile(r"\b((?:Bearer|Basic)\s+)(?=\S*[\d=+/._])[\w.~+/=-]{6,}"), r"\1"),
    (re.compile(r"\b(?:gh[opsu]_|github_pat_|glpat-|npm_|pypi-|xox[abprs]-|sk_live_|AIza)[\w-]{16,}"), ""),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"), ""),
    (re.compile(rf"((?<![\w-])--?[\w-]*(?:{_SECRET})(?!-stdin)[\w-]*\s+){_WORD}", re.IGNORECASE), r"\1"),
    (re.compile(rf"((?<![\w-])(?:-u|--user)\s+[^\s:]+:){_WORD}"), r"\1"),
    (re.compile(rf"(\b(?:mysql\w*|mariadb\w*|sshpass)\b[^\n;|&]*?\s-p){_WORD}"), r"\1"),
    (re.compile(rf"\b([\w-]*(?:{_SECRET})\w*=){_WORD}", re.IGNORECASE), r"\1"),
    (
        re.compile(rf"^(\s*[\w-]*(?:{_SECRET})\w*(?:\s+=\s*|:\s+)){_WORD}", re.IGNORECASE | re.MULTILINE),
        r"\1",
    ),
)
"""Patterns of credentials, and the part of each match that is kept."""


class Redaction:
    """Removes secrets from the answers of one record.

    Arbitrary values of containers become salted digests, unless they are among the `named` words that a check compares
    with. Equal values stay equal; without the salt, which is not stored, they cannot be guessed by brute force.
    """

    def __init__(self, salt: bytes, named: frozenset[str] = frozenset()) -> None:
        self._salt = salt
        self._named = named

    def __call__(self, value: Any, field: str = "") -> Any:
        """The value without its secrets; `field` is the key that it is stored under."""
        match value:
            case dict():
                return {key: self._entry(value, key, field) for key in value}
            case list() if field.lower() in OPAQUE_TEXTS:
                return [self._digest(each) for each in value]
            case list():
                return [self(each, field) for each in value]
            case str() if field.lower() in FIELDS:
                return REDACTED if value else value
            case str() if field.lower() in BOOT_SCRIPTS:
                return _boot_script(value)
            case str():
                return _text(value)
            case bytes():
                return _bytes(value)
            case _:
                return value

    def _entry(self, pair: dict[str, Any], key: str, field: str) -> Any:
        """One entry of a dict. The `value` beside a `name` that suggests a secret is removed."""
        held = pair[key]
        named = pair.get("name", pair.get("Name", pair.get("Key")))
        if key in ("value", "Value") and isinstance(named, str) and _NAMED_SECRET.search(named):
            return REDACTED if held else held
        if field.lower() in OPAQUE_MAPS or (key == "value" and field.lower() in OPAQUE_VALUES):
            return self._digest(held)
        if key in ("UserData", "userData") and isinstance(held, dict) and isinstance(held.get("Value"), str):
            return {**held, "Value": _boot_script(held["Value"])}
        return self(held, key)

    def _digest(self, value: Any) -> Any:
        if not value or not isinstance(value, str) or value in self._named:
            return value
        return f"{REDACTED}-{hashlib.blake2b(value.encode(), key=self._salt, digest_size=8).hexdigest()}"


def redacted(value: Any) -> Any:
    """One document without its secrets, with a new salt."""
    return Redaction(secrets.token_bytes(16))(value)


def _text(text: str) -> str:
    for pattern, kept in _RULES:
        text = pattern.sub(rf"{kept}{REDACTED}", text)
    return text


def _bytes(content: bytes) -> bytes:
    """Binary content without secrets, if it is UTF-8 text."""
    try:
        return _text(content.decode("utf-8")).encode()
    except UnicodeDecodeError:
        return content


def _boot_script(encoded: str) -> str:
    """Base64 user data without secrets."""
    try:
        script = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return _text(encoded)
    without = _text(script)
    return encoded if without == script else base64.b64encode(without.encode()).decode()
