"""The ids of the resources that a check identified: kept with the attempt, so that a clean-up finds them later.

Only what a check named as its evidence counts. Whole answers also hold what belongs to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from labs.verdict import Finding

_ID = re.compile(
    r"arn:[^:]+:(elasticloadbalancing|autoscaling|iam|cloudwatch):.+|(i|sg|fs|vol|lt)-[0-9a-f]{8,}"
)


def identified(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The ids in the evidence of these findings, each once."""
    texts = (
        text
        for finding in findings
        for evidence in finding.evidence
        if evidence.path != "@"
        for text in _texts(evidence.value)
    )
    return tuple(dict.fromkeys(text for text in texts if _ID.fullmatch(text)))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)
