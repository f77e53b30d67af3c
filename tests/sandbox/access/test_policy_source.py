"""Statements are found in the text of a policy where IAM says that they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.iam import Policy
from labs.sandbox.access.policy_source import BOUNDARY, RESOURCE, AttachedPolicy

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}
INDENTED = json.dumps({"Version": "2012-10-17", "Statement": [ANY, ANY]}, indent=2)
ALONE = '{"Version": "2012-10-17",\n "Statement": ' + json.dumps(ANY) + "}"
COMPACT = json.dumps({"Statement": [ANY], "Version": "2012-10-17"}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("text", "number", "start", "end"),
    [
        (INDENTED, 0, (3, 17), (8, 6)),
        (INDENTED, 1, (8, 7), (13, 6)),
        (ALONE, 0, (2, 14), (2, 15 + len(json.dumps(ANY)))),
        (COMPACT, 0, (1, 15), (1, len(COMPACT) - len('],"Version":"2012-10-17"}') + 1)),
    ],
)
def test_positions_are_those_of_iam(
    text: str, number: int, start: tuple[int, int], end: tuple[int, int]
) -> None:
    """A statement starts right after the bracket, comma or colon before it."""
    statement: Any = AttachedPolicy(Policy.parse(text, "all"), "role", ("role", "labs", "all"), text).matched(
        number
    )
    assert (statement["StartPosition"]["Line"], statement["StartPosition"]["Column"]) == start
    assert (statement["EndPosition"]["Line"], statement["EndPosition"]["Column"]) == end


@pytest.mark.parametrize(
    ("kind", "word"),
    [("role", "IAM Policy"), (BOUNDARY, "Permissions Boundary Policy"), (RESOURCE, "Resource Policy")],
)
def test_types_are_those_of_iam(kind: str, word: str) -> None:
    """IAM says other words than the API reference lists."""
    assert AttachedPolicy(Policy.parse(ALONE, "all"), kind, ("all",)).matched(0) == {
        "SourcePolicyId": "all",
        "SourcePolicyType": word,
    }
