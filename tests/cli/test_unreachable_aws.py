"""No credentials, no connection, or an answer that is not from AWS: exit code 3, and no objective failed."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.aws import Fault, injected, instant_retries, intercepted_http
from tests.builders import ACCOUNT
from tests.cli.kit import LAB, Ran, Server, checked, states
from tests.faults import FAULTS


def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials anywhere."""


def _half(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")


def _process(command: str) -> Callable[[pytest.MonkeyPatch, Path], None]:
    def set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "config").write_text(f"[default]\ncredential_process = {command}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    return set_up


def _nobody_s_role(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        f"[default]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/x\nsource_profile = missing\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.mark.parametrize(
    ("set_up", "reason"),
    [
        (_nobody, "No AWS credentials found"),
        (_half, "No AWS credentials found"),
        (_process("/nowhere/to/be/found"), "Could not ask AWS"),
        (_process("echo nonsense"), ""),
        (_process("false"), "could not be fetched"),
        (_nobody_s_role, "missing"),
    ],
    ids=[
        "none",
        "half",
        "a process that is not there",
        "a process that talks",
        "a process that fails",
        "a role",
    ],
)
def test_without_credentials_nothing_can_be_looked_at(
    set_up: Callable[[pytest.MonkeyPatch, Path], None],
    reason: str,
    cli: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Exit code 3: every objective is inconclusive or blocked, and the reason is reported; nothing left the process."""
    set_up(monkeypatch, tmp_path)
    ran = checked(cli("check", LAB, "--region", "eu-west-1", "--format", "json"))
    assert ran.code == 3
    assert set(states(ran).values()) == {"inconclusive", "blocked"}
    assert (ran.json["calls"], ran.json["error"], ran.json["target"]["account"]) == (0, None, None)
    messages = [
        each["message"] for each in ran.json["labs"][0]["objectives"] if each["state"] == "inconclusive"
    ]
    assert all(reason in each for each in messages), messages


def test_without_credentials_the_text_names_no_failure(cli: Callable[..., Ran]) -> None:
    """Nothing is called failed; the last lines say how many could not be looked at."""
    ran = cli("check", LAB, "--region", "eu-west-1")
    assert ran.code == 3
    assert "✗" not in ran.out
    assert "? cluster" in ran.out
    assert "1 inconclusive" in ran.out
    assert "no account" in ran.out


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_a_closed_port_is_told_as_such(cli: Callable[..., Ran], keys: None, closed_port: int) -> None:
    """Exit code 3 and the address; all tries were counted."""
    url = f"http://127.0.0.1:{closed_port}"
    with instant_retries():
        ran = checked(cli("check", LAB, "--endpoint-url", url, "--format", "json"))
    assert ran.code == 3
    assert ran.json["target"] == {
        "kind": "aws",
        "account": None,
        "region": "eu-west-1",
        "endpoint": url,
        "arn": None,
    }
    assert ran.json["labs"][0]["objectives"][0]["message"].startswith("Cannot connect: ")
    assert ran.json["calls"] == 6


def _says(raw: bytes) -> Callable[[socket.socket], None]:
    def treat(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(raw)
        connection.close()

    return treat


def _hangs(connection: socket.socket) -> None:
    """Takes the request and never answers."""


def _drips(connection: socket.socket) -> None:
    """A byte now and then, forever: each comes soon enough, the whole never."""

    def drip() -> None:
        with suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while not select.select([connection], [], [], 0.05)[0]:  # until the other end is closed
                connection.sendall(b" ")

    connection.recv(65536)
    threading.Thread(target=drip, daemon=True).start()


def _resets(connection: socket.socket) -> None:
    import struct

    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


OTHERS = {
    "hangs": (_hangs, "did not answer in time"),
    "resets": (_resets, "The connection broke"),
    "hangs up": (_says(b""), "The connection broke"),
    "cuts the body": (
        _says(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n{"),
        "The connection broke",
    ),
    "drips": (_drips, "did not answer in time"),
    "cuts a body of unknown length": (
        _says(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n{"),
        "incomplete or not from AWS",
    ),
    "is a web server": (
        _says(
            b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\nConnection: close\r\n\r\n<html><body>hi</body></html>"
        ),
        "incomplete or not from AWS",
    ),
    "is no web server": (_says(b"220 smtp.example.com ESMTP\r\n"), "The connection broke"),
    "knows nothing": (
        _says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        "404",
    ),
    "redirects": (
        _says(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        "302",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_whoever_else_listens_is_not_taken_for_aws(
    other: str, cli: Callable[..., Ran], keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real sockets: whatever answers, or does not, no objective is failed or passed."""
    treat, reason = OTHERS[other]
    monkeypatch.setattr("labs.aws.clients.READ_SECONDS", 0.2)
    monkeypatch.setattr("labs.aws.deadline.SECONDS", 0.5)
    server = Server(treat)
    try:
        with instant_retries():
            ran = checked(cli("check", LAB, "--endpoint-url", server.url, "--format", "json"))
    finally:
        server.close()
    assert ran.code == 3
    assert set(states(ran).values()) == {"inconclusive", "blocked"}
    assert reason in ran.json["labs"][0]["objectives"][0]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", [each for each in FAULTS if each.strike], ids=lambda fault: fault.id)
def test_every_fault_is_one_json_document(fault: Fault, cli: Callable[..., Ran], moto: None) -> None:
    """Whatever goes wrong on the network, standard output is one valid document; exit code 3, or as without it."""
    with intercepted_http(), instant_retries(), injected(fault):
        ran = checked(cli("check", LAB, "--format", "json"))
    assert ran.code in ({1} if fault.passes_over else {3} if fault.everywhere else {1, 3})
    assert ran.err == ""
