"""A request of a registry client about one repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs.sandbox.registry.ecr_calls import EcrCalls


@dataclass(frozen=True, slots=True)
class RegistryRequest:
    """A request about a repository, with the client's name and ECR's name for it."""

    ecr: EcrCalls
    method: str
    name: str
    """The name as the client writes it, with or without `ACCOUNT.dkr.ecr.REGION.amazonaws.com/`."""
    repository: str
    query: Mapping[str, str]
    environ: Mapping[str, Any]

    def header(self, name: str) -> str:
        """A header by its WSGI name; empty if the client sent none."""
        return str(self.environ.get(name, ""))

    def url(self, path: str) -> str:
        """The absolute path of a resource in this repository."""
        return f"/v2/{self.name}/{path}"
