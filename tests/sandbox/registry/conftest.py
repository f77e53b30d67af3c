"""A sandbox's world in this process with its registry, and a client that is logged in."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import busy
import pytest
from registry_kit import RegistryClient

from labs.sandbox import extend
from labs.sandbox.images.blobs import BlobStore
from labs.sandbox.images.serving import Serving, serving
from labs.sandbox.registry.distribution import Registry
from labs.sandbox.server.application import Application
from labs.sandbox.world.journal import Header, Journal, JournalEntry, read

HEADER = Header(born=1_700_000_000.0, seed=7)


class World:
    """An embedded AWS, its registry, and the time that its clock shows (seconds since 1970)."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.time = time.time()
        serving.blobs = self.store = BlobStore(folder / "blobs")
        journal = Journal.create(folder / "journal.jsonl", HEADER)
        self.application = Application(journal, clock=lambda: self.time, **options)
        self.registry = Registry(self.application, self.store, clock=lambda: self.time)

    def replay(self) -> None:
        """Makes the world again of its journal."""
        path = self.application.journal.path

        def again() -> tuple[Journal, tuple[JournalEntry, ...]]:
            recorded = read(path)
            return Journal(path, recorded), recorded.entries

        self.application.restart(again)

    def client(self, service: str, key: str = "sandbox", region: str = "eu-west-1") -> Any:
        """A boto3 client whose requests go to this world, without a socket."""
        return busy.clients_inside(self.application)(service, region, key)

    def password(self, ecr: Any) -> str:
        """The output of `aws ecr get-login-password`."""
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        return base64.b64decode(token).decode().partition(":")[2]


@pytest.fixture
def world(tmp_path: Path, keys: None) -> Iterator[Callable[..., World]]:
    """Makes a world: `world(enforces_iam=True)`."""
    extend.install()
    made: list[World] = []

    def make(**options: Any) -> World:
        made.append(World(tmp_path, **options))
        return made[-1]

    yield make
    for each in made:
        each.application.restart(lambda: (Journal.create(tmp_path / "empty.jsonl", HEADER), ()))
        each.application.close()
    serving.port, serving.blobs, serving.seed = Serving().port, None, 0
    extend.uninstall()


@pytest.fixture
def sandbox(world: Callable[..., World]) -> World:
    """A world with the repository `labs/web`."""
    made = world()
    made.client("ecr").create_repository(repositoryName="labs/web")
    return made


@pytest.fixture
def docker(sandbox: World) -> RegistryClient:
    """A client that is logged in."""
    return RegistryClient(sandbox.registry, sandbox.password(sandbox.client("ecr")))
