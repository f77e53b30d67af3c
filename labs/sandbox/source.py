"""The sources of extensions: the evidence that AWS behaves in this way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_DOCS = "https://docs.aws.amazon.com"
_API_REFERENCES = {
    "ecs": "AmazonECS/latest/APIReference",
    "ecr": "AmazonECR/latest/APIReference",
    "iam": "IAM/latest/APIReference",
    "ec2": "AWSEC2/latest/APIReference",
    "elbv2": "elasticloadbalancing/latest/APIReference",
    "autoscaling": "autoscaling/ec2/APIReference",
    "application-autoscaling": "autoscaling/application/APIReference",
    "cloudwatch": "AmazonCloudWatch/latest/APIReference",
    "efs": "efs/latest/ug",
    "cloudformation": "AWSCloudFormation/latest/APIReference",
    "kms": "kms/latest/APIReference",
    "ssm": "systems-manager/latest/APIReference",
    "sts": "STS/latest/APIReference",
    "s3": "AmazonS3/latest/API",
    "sqs": "AWSSimpleQueueService/latest/APIReference",
    "sns": "sns/latest/api",
    "dynamodb": "amazondynamodb/latest/APIReference",
    "lambda": "lambda/latest/api",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A source: an operation whose real responses were recorded, a page of AWS's documentation, or an assumption."""

    kind: Literal["recorded", "documented", "assumed"]
    where: str = ""


ASSUMED = Source("assumed")


def recorded(operation: str) -> Source:
    """Recorded responses of AWS to an operation (`ecs:DescribeServices`), which tests/recordings compares."""
    return Source("recorded", operation)


def documented(page: str) -> Source:
    """A page of AWS's documentation, by its path (`AmazonECR/latest/userguide/image-scanning-filters.html`)."""
    return Source("documented", f"{_DOCS}/{page}")


def reference(service: str, operation: str) -> Source:
    """The page of the API reference about an operation."""
    pages = _API_REFERENCES.get(service)
    if pages is None:
        raise LookupError(
            f"{service}:{operation} needs a source: the address of the API reference of {service} is not known"
        )
    return documented(f"{pages}/API_{operation}.html")
