"""Names of ECR images for docker: AWS's registry name, optionally after the sandbox's own address."""

from __future__ import annotations

import re
from dataclasses import dataclass

SANDBOX_HOST = r"(?:localhost|127\.0\.0\.1):\d+"
"""Matches the sandbox's own address; its port can change at each start, so it is ignored."""
ECR_HOST = (
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn|localhost)"
)
"""Matches host names of private registries: IPv4, dual-stack, FIPS and China (ECR user guide, "Private registry")."""

_HOST = re.compile(rf"{ECR_HOST}(?::\d+)?")


_IMAGE = re.compile(rf"(?:{SANDBOX_HOST}/)?{ECR_HOST}/")


@dataclass(frozen=True, slots=True)
class RegistryName:
    """The account and Region of a registry."""

    account: str
    region: str


def parse_registry(host: str) -> RegistryName | None:
    """The registry with this AWS host name; None for any other host."""
    found = _HOST.fullmatch(host)
    return RegistryName(found["account"], found["region"]) if found else None


def is_private_image(image: str) -> bool:
    """Whether an image of a task definition is in a private ECR registry."""
    return _IMAGE.match(image) is not None


def split_repository(path: str) -> tuple[RegistryName | None, str]:
    """The registry at the start of a repository's path, if any, and the repository's name in ECR."""
    head, _, rest = path.partition("/")
    registry = parse_registry(head) if rest else None
    return (registry, rest) if registry else (None, path)
