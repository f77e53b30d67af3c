"""Requests to the sandbox pass no HTTP proxy, and follow no other setting to another endpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.sandbox.client.clients import client
from labs.sandbox.client.connection import Sandbox
from labs.sandbox.client.shell import environment, exports, without_own

URL = "http://127.0.0.1:4566"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path, URL, 4566, 1, "")


@pytest.mark.parametrize(
    ("before", "direct"),
    [
        ("", "127.0.0.1,localhost"),
        ("corp.example, localhost", "corp.example,localhost,127.0.0.1"),
        ("127.0.0.1,localhost", "127.0.0.1,localhost"),
    ],
)
def test_a_shell_behind_a_proxy_reaches_the_sandbox(
    before: str, direct: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the user keeps off the proxy stays off it."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", before)
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert f"export NO_PROXY={direct}\nexport no_proxy={direct}\n" in exports(sandbox)
    given = without_own({"HTTP_PROXY": "http://proxy.example:3128", "NO_PROXY": before, "AWS_PROFILE": "x"})
    assert given == {"HTTP_PROXY": "http://proxy.example:3128", "NO_PROXY": direct, "no_proxy": direct}


def test_nothing_is_said_of_proxies_where_there_is_none(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert "proxy" not in exports(sandbox).lower()
    assert without_own({"NO_PROXY": "a"}) == {"NO_PROXY": "a"}


def test_clients_of_this_machine_use_no_proxy(sandbox: Sandbox) -> None:
    shared = SharedClients()
    assert shared.client("sts", "eu-west-1", URL).meta.config.proxies == {}
    assert shared.client("sts", "eu-west-1", "http://localhost:1").meta.config.proxies == {}
    assert shared.client("sts", "eu-west-1", None).meta.config.proxies is None
    assert client(environment(sandbox))("sts").meta.config.proxies == {}


def test_files_of_aws_that_cannot_be_read_do_not_matter(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`labs check --sandbox` and `labs demo` work beside a broken ~/.aws/config."""
    (tmp_path / "broken").write_text("[profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "broken"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "broken"))
    with read_only_guard():
        session = open_session(
            ConnectionOptions(environment=environment(sandbox), reads=frozenset({"ecs:ListClusters"}))
        )
    assert (session.region, session.endpoint) == (sandbox.region, URL)


def test_endpoints_of_single_services_do_not_win(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", "http://127.0.0.1:2")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    unset = exports(sandbox).splitlines()[-1].split()
    assert {"AWS_ENDPOINT_URL_ECS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE"} <= {*unset}
    assert "AWS_ENDPOINT_URL" not in unset
