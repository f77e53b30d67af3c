"""The JSON documents of the program; `check.schema.json` describes that of `labs check`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from labs.verdict import AccountIdentity, Finding, LabVerdict, Verdict

if TYPE_CHECKING:
    from labs.store.queries import Checked

SCHEMA = 1
NOBODY = AccountIdentity("aws", None, None, None, None)
"""The target of a run without an account."""


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """The output of `labs check --format json`."""
    return {
        "schema": SCHEMA,
        "target": asdict(verdict.target),
        "labs": [lab_document(lab) for lab in verdict.labs],
        "calls": verdict.calls,
        "seconds": round(verdict.seconds, 3),
        "error": None,
    }


def error_document(command: str, message: str, target: AccountIdentity = NOBODY) -> dict[str, Any]:
    """The document of a command that failed."""
    if command == "check":
        return {
            "schema": SCHEMA,
            "target": asdict(target),
            "labs": [],
            "calls": 0,
            "seconds": 0.0,
            "error": message,
        }
    if command == "workshop":
        sums = {"seats": 0, "passed": 0, "failed": 0, "inconclusive": 0, "labs": {}, "failing": []}
        nothing = {"seats": [], "summary": sums, "seconds": 0.0, "calls": 0}
        return {"schema": SCHEMA, **nothing, "error": message}
    return {"schema": SCHEMA, "error": message}


def lab_document(lab: LabVerdict) -> dict[str, Any]:
    """One lab in the document of a check, and of a seat of a workshop."""
    return {
        "lab": lab.lab,
        "passed": lab.passed,
        "score": lab.score,
        "total": len(lab.findings),
        "seconds": round(lab.seconds, 3),
        "parameters": lab.parameters,
        "objectives": [_objective(finding) for finding in lab.findings],
    }


def remembered_document(checked: Checked) -> dict[str, Any]:
    """A verdict of the learner's history in the form of `labs check`; what the history does not store is empty."""
    kept = checked.result
    objectives = [
        {"id": each.id, "state": each.state, "found": each.found, "expected": each.expected}
        for each in kept.objectives
    ]
    lab = {
        "lab": kept.lab,
        "pack": kept.pack,
        "passed": kept.passed,
        "score": kept.score,
        "total": kept.total,
        "parameters": kept.parameters,
        "objectives": objectives,
    }
    target = {"kind": kept.target, "account": kept.account, "region": kept.region}
    return {"schema": SCHEMA, "at": checked.at.isoformat(), "target": target, "labs": [lab], "error": None}


def found_text(finding: Finding) -> str:
    """The value found, with similar names."""
    return f"{finding.found}; near: {', '.join(finding.near)}" if finding.near else finding.found


def dumps(document: Any) -> str:
    """The document as text, in ASCII for every terminal and pipe; times as ISO 8601."""
    return json.dumps(document, indent=2, default=_plain)


def _objective(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "title": finding.title,
        "state": finding.state.value,
        "needs": list(finding.needs),
        "expected": finding.expected,
        "found": found_text(finding),
        "message": finding.message,
        "action": finding.action,
        "cards": list(finding.cards),
        "evidence": [asdict(each) for each in finding.evidence],
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
