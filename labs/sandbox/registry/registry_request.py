"""A request of a registry client about one repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs.sandbox.registry.ecr_calls import EcrCalls


@dataclass(frozen=True, slots=True)
class RegistryRequest:
    """The subject of a request: a repository, by the name that the client gave it and by ECR's."""

    ecr: EcrCalls
    method: str
    name: str
    """As the client writes it, `ACCOUNT.dkr.ecr.REGION.amazonaws.com/` in front of it or not."""
    repository: str
    query: Mapping[str, str]
    environ: Mapping[str, Any]

    def header(self, name: str) -> str:
        """A header by its WSGI name; empty if the client sent none."""
        return str(self.environ.get(name, ""))

    def url(self, path: str) -> str:
        """The path of something in this repository, from the root of the port."""
        return f"/v2/{self.name}/{path}"
