"""The server's address and blob store, for ECR's responses; empty in a process without a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.ecr.models import ECRBackend

    from labs.sandbox.images.blobs import BlobStore


@dataclass(slots=True)
class Serving:
    """The sandbox's port, its blobs, and the seed of its world, with which tokens are signed."""

    port: int | None = None
    blobs: BlobStore | None = None
    seed: int = 0

    def image_name(self, aws_name: str) -> str:
        """An AWS image name as docker can reach it here; the port is not part of the world, so it is added."""
        return f"localhost:{self.port}/{aws_name}" if self.port else aws_name

    def endpoint(self, host: str) -> str:
        """The address at which docker logs in."""
        return f"http://localhost:{self.port}" if self.port else f"https://{host}"

    def start_world(self, seed: int) -> None:
        """Switches to a new world: its seed signs tokens, and its repositories determine which blobs are kept."""
        self.seed = seed
        if self.blobs is not None:
            self.blobs.collect_garbage(_referenced())


def _referenced() -> set[str]:
    """The digests of all layers in any repository."""
    from moto.ecr.models import ecr_backends

    return {
        digest
        for _account, _region, backend in cast(
            "Iterator[tuple[str, str, ECRBackend]]", ecr_backends.iter_backends()
        )
        for repository in backend.repositories.values()
        for digest in repository.layers
    }


serving = Serving()
"""The instance of this process; the server fills it in before the first response."""
