"""How docker names an image of ECR's: by AWS's registry name, in front of it the sandbox's own address or not."""

from __future__ import annotations

import re
from dataclasses import dataclass

SANDBOX_HOST = r"(?:localhost|127\.0\.0\.1):\d+"
"""The sandbox's own address; its port may change from start to start and says nothing."""
ECR_HOST = (
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn|localhost)"
)
"""Names of a private registry: IPv4, dual-stack, FIPS and China (ECR user guide, "Private registry")."""

_HOST = re.compile(rf"{ECR_HOST}(?::\d+)?")


_IMAGE = re.compile(rf"(?:{SANDBOX_HOST}/)?{ECR_HOST}/")


@dataclass(frozen=True, slots=True)
class RegistryName:
    """The account and region that a registry belongs to."""

    account: str
    region: str


def parse_registry(host: str) -> RegistryName | None:
    """The registry that a host name of AWS's names; None for any other host."""
    found = _HOST.fullmatch(host)
    return RegistryName(found["account"], found["region"]) if found else None


def is_private_image(image: str) -> bool:
    """Whether an image of a task definition is in a private registry of ECR's."""
    return _IMAGE.match(image) is not None


def split_repository(path: str) -> tuple[RegistryName | None, str]:
    """The registry at the head of a repository's path, if there is one, and the repository's name in ECR."""
    head, _, rest = path.partition("/")
    registry = parse_registry(head) if rest else None
    return (registry, rest) if registry else (None, path)
