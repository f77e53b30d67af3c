"""Evaluates IAM policy documents: is a request allowed, who can assume a role, how far do permissions reach.

    pull = Policy.parse(document)
    decide(AccessRequest("ecr:BatchGetImage", arn, context={"aws:RequestedRegion": "eu-west-1"}), [pull])
    trusts(Policy.parse(trust), "ecs-tasks.amazonaws.com")
    reaches([pull], Scope(("ecr:BatchGetImage",), ("arn:aws:ecr:*:*:repository/?*",)), besides=[Scope(("*",), (arn,))])
    admits(repository_policy, arn, guests={"210987654321": ("ecr:BatchGetImage",)})

Nothing here calls AWS. Where the documents alone do not determine the answer, Undecidable is raised.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from labs.errors import Malformed, PolicyError, Undecidable

if TYPE_CHECKING:
    from labs.iam.decision import AccessRequest, Decision, PolicyVerdict, decide, explain, lets, trusts
    from labs.iam.document import Policy, Statement
    from labs.iam.principal import ANONYMOUS
    from labs.iam.reach import EVERYBODY, Reach, Scope, admits, lacks, reaches

_LAZY = {
    "decision": ("AccessRequest", "Decision", "PolicyVerdict", "decide", "explain", "lets", "trusts"),
    "document": ("Policy", "Statement"),
    "principal": ("ANONYMOUS",),
    "reach": ("EVERYBODY", "Reach", "Scope", "admits", "lacks", "reaches"),
}
"""The module of each name. Most commands evaluate no policies, so the modules are imported on demand."""

__all__ = [
    "ANONYMOUS",
    "EVERYBODY",
    "AccessRequest",
    "Decision",
    "Malformed",
    "Policy",
    "PolicyError",
    "PolicyVerdict",
    "Reach",
    "Scope",
    "Statement",
    "Undecidable",
    "admits",
    "decide",
    "explain",
    "lacks",
    "lets",
    "reaches",
    "trusts",
]


def __getattr__(name: str) -> Any:
    """A name of `__all__`, from its module."""
    for module, names in _LAZY.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"{__name__} has no {name}")
