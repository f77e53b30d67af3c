"""Answers IAM questions from policy documents: may this be done, who is trusted, how far do policies reach.

    pull = Policy.parse(document)
    decide(AccessRequest("ecr:BatchGetImage", arn, context={"aws:RequestedRegion": "eu-west-1"}), [pull])
    trusts(Policy.parse(trust), "ecs-tasks.amazonaws.com")
    reaches([pull], Scope(("ecr:BatchGetImage",), ("arn:aws:ecr:*:*:repository/?*",)), besides=[Scope(("*",), (arn,))])
    admits(repository_policy, arn, guests={"210987654321": ("ecr:BatchGetImage",)})

Nothing here talks to AWS. A question that the documents alone do not settle raises Undecidable.
"""

from labs.errors import Malformed, PolicyError, Undecidable
from labs.iam.decision import AccessRequest, Decision, PolicyVerdict, decide, explain, lets, trusts
from labs.iam.document import Policy, Statement
from labs.iam.principal import ANONYMOUS
from labs.iam.reach import EVERYBODY, Reach, Scope, admits, lacks, reaches

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
