"""The web app over https: with the files of a certificate, and a fault that names them where they do not fit."""

from __future__ import annotations

import ssl
import threading
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labs.errors import UsageError
from labs.web.app import Route
from labs.web.serve import Listening, served


class Hello:
    """A site of one page."""

    name = "Hello"

    def routes(self) -> Iterable[Route]:
        return [Route("/", lambda _: "hello")]

    def revision(self) -> object:
        return 0


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, private


@pytest.mark.process
def test_the_page_is_answered_over_https_and_its_cookie_is_for_https_only(files: tuple[Path, Path]) -> None:
    listening = Listening("localhost", 0, "t", *files)
    with served(Hello(), listening) as (server, addresses):
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        trusted = ssl.create_default_context(cafile=str(files[0]))
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=trusted), urllib.request.HTTPCookieProcessor()
        )
        assert addresses[0].startswith("https://localhost:")
        with opener.open(addresses[0], timeout=30) as answer:
            assert answer.read() == b"hello"
        cookies = next(
            each for each in opener.handlers if isinstance(each, urllib.request.HTTPCookieProcessor)
        )
        assert [each.secure for each in cookies.cookiejar] == [True]
        server.shutdown()


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.pem"
    file.write_text("no certificate", "utf-8")
    with pytest.raises(UsageError, match=r"c\.pem"), served(Hello(), Listening(certificate=file)):
        raise AssertionError("it listens")
