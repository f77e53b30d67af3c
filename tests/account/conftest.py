"""Fixtures: an account that looks like AWS, and a lab to prove in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from labs.sandbox import control
from labs.sandbox.commands import AwsCli
from labs.sandbox.control import Sandbox
from tests.account.aws_proxy import AWS_URL, aws_proxy
from tests.account.kit import ACCOUNT, LAB, Account, LabPack, lab_pack
from tests.builders import Labs


@pytest.fixture(scope="session")
def aws_sandbox() -> Iterator[tuple[Sandbox, str]]:
    """A realistic sandbox with enforced IAM, and the proxy that makes it look like AWS."""
    with control.throw_away(realistic=True, enforces_iam=True) as sandbox, aws_proxy(sandbox) as proxy:
        yield sandbox, proxy


@pytest.fixture
def account(aws_sandbox: tuple[Sandbox, str], monkeypatch: pytest.MonkeyPatch) -> Account:
    """An empty account in this "AWS", selected by the environment."""
    sandbox, proxy = aws_sandbox
    control.reset(sandbox.home)
    found = Account(sandbox)
    for name, value in found.user().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", AWS_URL)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    for name in ("NO_PROXY", "no_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    return found


@pytest.fixture
def pack(tmp_path: Path) -> LabPack:
    return lab_pack(tmp_path / "pack")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The recorded waits; nothing waits really."""
    waited: list[float] = []
    monkeypatch.setattr("labs.cli.runtime.pause", waited.append)
    return waited


@pytest.fixture
def proved(
    labs: Labs,
    account: Account,
    pack: LabPack,
    pauses: list[float],
    real_cli: AwsCli,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str, str]]:
    """Proves the lab in the account."""
    monkeypatch.setattr("labs.cli.account_proof.aws_cli", lambda: nullcontext(real_cli))

    def call(*more: object) -> tuple[int, str, str]:
        return labs("test", LAB, "--pack", pack.folder, "--account", ACCOUNT, *more)

    return call
