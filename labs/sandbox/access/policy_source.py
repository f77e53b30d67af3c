"""A policy in a simulation: its source, and the positions of its statements.

Source: recorded answers to SimulatePrincipalPolicy, whose words are not those of the API reference's enumeration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from labs.iam import Policy

BOUNDARY = "permission-boundary"
RESOURCE = "resource"
_TYPES = {BOUNDARY: "Permissions Boundary Policy", RESOURCE: "Resource Policy"}
_SPACE = re.compile(r"\s*")
_decoder = json.JSONDecoder()

Position = dict[str, int]
"""Line and column, both from 1."""


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy and its source; `place` is its ARN, or the type and name of its owner and its own name."""

    policy: Policy
    kind: str
    place: tuple[str, ...]
    text: str = ""
    """The document as written, if it is known."""

    @property
    def source_type(self) -> str:
        """The source type that IAM reports for a matched statement."""
        return _TYPES.get(self.kind, "IAM Policy")

    def matched(self, number: int) -> dict[str, str | Position]:
        """A statement, by its index in the document, as a simulation reports it."""
        statement: dict[str, str | Position] = {
            "SourcePolicyId": self.policy.name,
            "SourcePolicyType": self.source_type,
        }
        if self.text:
            start, end = list(statement_spans(self.text))[number]
            statement["StartPosition"] = _position(self.text, start)
            statement["EndPosition"] = _position(self.text, end)
        return statement


def statement_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each statement of a policy document starts and ends.

    A statement starts where the bracket, comma or colon before it ends, white space included, as IAM counts.
    """
    at = text.index("{") + 1
    while True:
        name, at = _decoder.raw_decode(text, _past_space(text, at))
        at = text.index(":", at) + 1
        opening = _past_space(text, at)
        _, end = _decoder.raw_decode(text, opening)
        if name == "Statement":
            yield from _listed(text, opening) if text[opening] == "[" else [(at, end)]
            return
        at = text.index(",", end) + 1


def _listed(text: str, opening: int) -> Iterator[tuple[int, int]]:
    at = opening
    while text[at] != "]":
        start = at + 1
        _, end = _decoder.raw_decode(text, _past_space(text, start))
        yield start, end
        at = _past_space(text, end)


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _position(text: str, at: int) -> Position:
    return {"Line": text.count("\n", 0, at) + 1, "Column": at - text.rfind("\n", 0, at)}
