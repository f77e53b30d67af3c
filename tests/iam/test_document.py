"""Parsing a policy document, and refusing a malformed one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from labs.iam import (
    Malformed,
    Policy,
)
from tests.iam.policies import (
    REPO,
    allow,
)

MALFORMED: list[tuple[str, Any, str]] = [
    ("not-json", "{'Statement': []}", "not JSON"),
    ("empty", "", "not JSON"),
    ("a-list", "[]", "JSON object"),
    ("no-statement", {"Version": "2012-10-17"}, "no Statement"),
    ("empty-statement", {"Statement": []}, "no Statement"),
    ("statement-is-text", {"Statement": ["allow"]}, "statement 1 is not an object"),
    ("version", {"Version": "2012-10-18", "Statement": [allow()]}, "2012-10-18"),
    ("effect", {"Statement": [{**allow(), "Effect": "allow"}]}, "Effect of statement 1"),
    ("no-action", {"Statement": [allow(None)]}, "neither Action nor NotAction"),
    ("both-actions", {"Statement": [allow("*", NotAction="*")]}, "both Action and NotAction"),
    ("both-resources", {"Statement": [allow("*", NotResource="*")]}, "both Resource and NotResource"),
    ("both-principals", {"Statement": [allow(Principal="*", NotPrincipal="*")]}, "both Principal"),
    ("no-resource", {"Statement": [allow(), allow("*", None)]}, "statement 2 has neither a Resource"),
    ("action-number", {"Statement": [allow(5)]}, "Action of statement 1"),
    ("action-empty-list", {"Statement": [allow([])]}, "Action of statement 1"),
    ("resource-mixed", {"Statement": [allow("*", ["*", 3])]}, "Resource of statement 1"),
    ("unknown-element", {"Statement": [{**allow(), "Actions": "*"}]}, "'Actions'"),
    ("unknown-top-element", {"Statements": [allow()], "Statement": [allow()]}, "'Statements'"),
    ("principal-text", {"Statement": [allow(Principal="123456789012")]}, "neither * nor an object"),
    ("principal-kind", {"Statement": [allow(Principal={"Aws": "*"})]}, "'Aws'"),
    ("condition-list", {"Statement": [allow(condition=["a"])]}, "Condition of statement 1"),
    ("condition-flat", {"Statement": [allow(condition={"StringEquals": "a"})]}, "StringEquals of statement 1"),
    ("condition-value", {"Statement": [allow(condition={"StringEquals": {"k": {}}})]}, "StringEquals"),
    ("twice", '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}',
     "'Effect' appears twice"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "says"), [c[1:] for c in MALFORMED], ids=[c[0] for c in MALFORMED])
def test_malformed(document: Any, says: str) -> None:
    """A text that is no policy is refused with a sentence that says where."""
    with pytest.raises(Malformed, match=re.escape(says)):
        Policy.parse(document)


def test_a_single_statement_and_single_strings_are_read() -> None:
    """Statement may be an object, and every list one string, in text as in what was read from it."""
    block = allow("ecr:PutImage", REPO, Sid="one")
    text = Policy.parse(json.dumps({"Statement": block}), "p")
    assert text == Policy.parse({"Statement": [{**block, "Action": ["ecr:PutImage"]}]}, "p")
    assert (text.name, text.statements[0].sid) == ("p", "one")
