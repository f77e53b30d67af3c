"""The server's address and blob store for ECR's answers; empty in a process without a server."""

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
        """A name of AWS's as docker can reach it here: the port is not the world's, so it is added when asked."""
        return f"localhost:{self.port}/{aws_name}" if self.port else aws_name

    def endpoint(self, host: str) -> str:
        """Where docker logs in."""
        return f"http://localhost:{self.port}" if self.port else f"https://{host}"

    def start_world(self, seed: int) -> None:
        """A world has been made of its journal: its tokens and its blobs are those that count from now on."""
        self.seed = seed
        if self.blobs is not None:
            self.blobs.collect_garbage(_referenced())


def _referenced() -> set[str]:
    """The digests of all layers that some repository has."""
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
"""Of this process; the server fills it in before it answers."""
