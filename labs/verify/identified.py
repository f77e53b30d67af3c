"""The ids of resources that a check identified, stored with the attempt so that a clean-up finds them later.

Only the evidence that a check named counts: whole answers also contain resources of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from labs.verdict import Finding
from labs.verify.evidence import texts

_ID = re.compile(
    r"arn:[^:]+:(elasticloadbalancing|autoscaling|iam|cloudwatch):.+|(i|sg|fs|vol|lt)-[0-9a-f]{8,}"
)


def identified(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The ids in the evidence of these findings, each once."""
    named = (
        text
        for finding in findings
        for evidence in finding.evidence
        if evidence.path != "@"
        for text in texts(evidence.value)
    )
    return tuple(dict.fromkeys(text for text in named if _ID.fullmatch(text)))
