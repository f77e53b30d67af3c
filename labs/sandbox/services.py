"""The services of the sandbox: those of the labs, those of CloudFormation's types, and others that only store data.

moto has two hundred more. Some of them act outside their process (containers for Batch and Lambda, calls to
other hosts), and a saved world is an untrusted list of requests.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from labs.errors import SandboxError
from labs.sandbox.faults import region, service
from labs.sandbox.world.journal import Recorded, RecordedRequest, read

SERVED = {
    "acm": "acm",
    "application-autoscaling": "applicationautoscaling",
    "autoscaling": "autoscaling",
    "cloudformation": "cloudformation",
    "dynamodb": "dynamodb",
    "ec2": "ec2",
    "ecr": "ecr",
    "ecs": "ecs",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "events": "events",
    "iam": "iam",
    "identitystore": "identitystore",
    "kms": "kms",
    "lambda": "awslambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "organizations": "organizations",
    "resource-groups": "resourcegroups",
    "route53": "route53",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "servicediscovery": "servicediscovery",
    "servicequotas": "servicequotas",
    "sns": "sns",
    "sqs": "sqs",
    "sso": "ssoadmin",
    "ssm": "ssm",
    "sts": "sts",
    "tagging": "resourcegroupstaggingapi",
}
"""The signing name of each service, and moto's name for it."""

MOTO_NAMES = frozenset(SERVED.values()) | {"elb"}
"""The names of the services in moto; requests to Classic Load Balancers are signed as for elbv2."""


def is_foreign(request: RecordedRequest) -> bool:
    """Whether a request was signed for a service that the sandbox does not serve."""
    signed_for = service(request).lower()
    return bool(signed_for) and signed_for not in SERVED


@cache
def _regions() -> frozenset[str]:
    from botocore.session import get_session

    session = get_session()
    partitions = session.get_available_partitions()
    return frozenset(
        region for each in partitions for region in session.get_available_regions("ec2", partition_name=each)
    )


def is_nowhere(request: RecordedRequest) -> bool:
    """Whether a request was signed for a Region that botocore does not know."""
    signed_for = region(request)
    return bool(signed_for) and signed_for not in _regions()


def read_saved(path: Path) -> Recorded:
    """A saved world, which is untrusted. Raises SandboxError if it has requests to other services."""
    recorded = read(path)
    asked = {service(entry.request).lower() for entry in recorded.entries if entry.request}
    foreign = sorted({*asked, *recorded.header.services} - {"", *SERVED})
    if foreign:
        raise SandboxError(f"{path} asks for services that the sandbox does not serve: {', '.join(foreign)}")
    return recorded
