"""Where the board is, as the terminal says it: a QR code beyond this machine, and whether others can read along."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.cli.workshop.board import announce
from labs.web import serve
from labs.web.serve import Listening

ADDRESSES = ["http://class:8321/?token=t", "http://192.0.2.7:8321/?token=t"]


@pytest.mark.parametrize(
    ("listening", "picture", "warned"),
    [
        (Listening("127.0.0.1"), False, False),
        (Listening("0.0.0.0"), True, True),
        (Listening("0.0.0.0", certificate=Path("c.pem")), True, False),
    ],
    ids=["this machine", "the network", "encrypted"],
)
def test_the_addresses_are_told(
    listening: Listening, picture: bool, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    announce(ADDRESSES, listening)
    out = capsys.readouterr().out
    assert [each for each in ADDRESSES if each not in out] == []
    assert ("▄" in out) == picture
    assert ("not encrypted" in out) == warned


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("0.0.0.0", ["class", "192.0.2.7"]),
        ("::", ["class", "2001:db8::7", "192.0.2.7"]),
    ],
)
def test_a_machine_that_knows_itself_by_loopback_names_its_address(
    host: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's /etc/hosts resolves the machine's own name to 127.0.1.1, which nobody else can open."""
    monkeypatch.setattr(serve.socket, "gethostname", lambda: "class")
    monkeypatch.setattr(serve.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.1.1", 0))])
    monkeypatch.setattr(serve, "_source_addresses", lambda: ["2001:db8::7", "192.0.2.7"])
    assert serve._names(host) == names
