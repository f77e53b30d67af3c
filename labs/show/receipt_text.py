"""`labs receipt verify`: the content of a receipt, and who signed it."""

from __future__ import annotations

from typing import Any

from labs.content.markdown import plain
from labs.verify.receipt import Verified


def render_receipt(verified: Verified, *, trusted: bool, own: bool) -> str:
    """The signed verdict, lab by lab, and the key."""
    statement = verified.receipt.receipt
    target = statement.verdict.get("target") or {}
    lines = [
        f"✓ signed at {plain(statement.signed_at)} with key {verified.fingerprint}{_whose(trusted=trusted, own=own)}"
    ]
    if "seat" in statement.verdict:
        place = (statement.verdict.get("workshop"), statement.verdict["seat"], target.get("account"))
    else:
        place = (target.get("kind"), target.get("account"), target.get("region"))
    lines.append(f"  {' · '.join(map(_word, place))}")
    lines += [_lab(lab) for lab in statement.verdict.get("labs") or []]
    if statement.record:
        lines.append(f"  record  sha256 {plain(statement.record)}")
    return "\n".join(lines)


def _lab(lab: dict[str, Any]) -> str:
    sign = "✓" if lab.get("passed") else "✗"
    pack = f" ({plain(str(lab['pack']))})" if lab.get("pack") else ""
    return f"  {sign} {_word(lab.get('lab'))} {_word(lab.get('score'))} of {_word(lab.get('total'))}{pack}"


def _whose(*, trusted: bool, own: bool) -> str:
    if trusted:
        return " (the key that you gave)"
    if own:
        return " (this computer's key)"
    return "\n  Unknown key. Compare it with the signer's `labs receipt key`, or use --key."


def _word(value: Any) -> str:
    return plain(str(value)) if value is not None else "unknown"
