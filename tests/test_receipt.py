"""Receipts: a signature by a key that only its owner can read, which breaks with any change."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from labs import __version__
from labs.errors import LabsError
from labs.verify.receipt import KEY_FILE, Receipt, SignedStatement, own_key, read, sign, verify
from tests.builders import Builder, Labs

LAB = "ecs-placement"
VERDICT: dict[str, Any] = {
    "schema": 1,
    "target": {"kind": "aws", "account": "123456789012", "region": "eu-west-1"},
    "labs": [{"lab": LAB, "passed": True, "score": 7, "total": 7, "pack": f"aws-ecs {__version__}"}],
}


@pytest.fixture
def home() -> Path:
    return Path(os.environ["LABS_HOME"])


@pytest.fixture
def verdict(tmp_path: Path) -> Path:
    path = tmp_path / "verdict.json"
    path.write_text(json.dumps(VERDICT))
    return path


@pytest.fixture
def receipt(labs: Labs, verdict: Path, tmp_path: Path) -> Path:
    labs("receipt", verdict, "-o", tmp_path / "receipt.json")
    return tmp_path / "receipt.json"


def test_a_receipt_says_what_was_signed_and_whose_it_is(labs: Labs, receipt: Path) -> None:
    code, out, _ = labs("receipt", "verify", receipt)
    assert code == 0
    assert "this computer's key" in out
    assert f"✓ ecs-placement 7 of 7 (aws-ecs {__version__})" in out


def test_only_its_owner_may_read_the_key(receipt: Path, home: Path) -> None:
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir() if "receipt-key" in path.name] == [KEY_FILE]


def test_the_key_is_made_once(labs: Labs, receipt: Path) -> None:
    assert labs("receipt", "key") == labs("receipt", "key")


def test_many_who_sign_at_once_share_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them find no key and make one: the first that is in its place is everybody's, and nothing is left."""
    home, link = tmp_path / "home", os.link
    together = Barrier(8)

    def link_together(source: Path, target: Path) -> None:
        together.wait(30)
        link(source, target)

    monkeypatch.setattr(os, "link", link_together)
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: own_key(home).public_key().public_bytes_raw(), range(8)))
    assert len(set(keys)) == 1
    assert [path.name for path in home.iterdir()] == [KEY_FILE]


def test_somebody_else_s_receipt_is_right_and_of_an_unknown_key(
    labs: Labs, receipt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = tmp_path / "public.pem"
    public.write_text(labs("receipt", "key")[1])
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "another"))
    code, out, _ = labs("receipt", "verify", receipt)
    assert code == 0
    assert "Unknown key" in out
    code, out, _ = labs("receipt", "verify", receipt, "--key", public)
    assert code == 0
    assert "the key that you gave" in out


def test_another_key_than_the_demanded_one_is_refused(
    labs: Labs, receipt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "another"))
    public = tmp_path / "public.pem"
    public.write_text(labs("receipt", "key")[1])
    code, _, err = labs("receipt", "verify", receipt, "--key", public)
    assert code == 1
    assert "signed by another key" in err


def _changed(document: Any, *path: Any, value: Any) -> Any:
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


OTHER = "MCowBQYDK2VwAyEAs5DSxgBqwVPm1fVhAjbjid7yPvStwZUcqfOClsfFhE0="
CHANGES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "the score": (("receipt", "verdict", "labs", 0, "score"), 6),
    "the account": (("receipt", "verdict", "target", "account"), "999999999999"),
    "something more": (("receipt", "verdict", "more"), 1),
    "the time": (("receipt", "signed_at"), "2020-01-01T00:00:00Z"),
    "the record": (("receipt", "record"), "0" * 64),
    "the key": (("key",), OTHER),
    "no key at all": (("key",), ""),
    "no base64": (("key",), "*"),
    "the signature": (("signature",), "AAAA" * 22),
    "no signature": (("signature",), ""),
}


@pytest.mark.parametrize(("path", "value"), CHANGES.values(), ids=CHANGES)
def test_a_receipt_breaks_with_any_change(
    labs: Labs, receipt: Path, path: tuple[Any, ...], value: Any
) -> None:
    receipt.write_text(json.dumps(_changed(json.loads(receipt.read_text()), *path, value=value)))
    code, out, err = labs("receipt", "verify", receipt)
    assert code == 1
    assert out == ""
    assert "the signature does not fit" in err


def test_the_order_of_keys_and_the_spaces_do_not_matter(labs: Labs, receipt: Path) -> None:
    """A receipt may be formatted again by whatever carries it."""
    receipt.write_text(json.dumps(json.loads(receipt.read_text()), sort_keys=True, indent=7))
    assert labs("receipt", "verify", receipt)[0] == 0


@pytest.mark.slow
def test_the_last_check_is_signed_where_no_file_is_named(labs: Labs, embedded: None, tmp_path: Path) -> None:
    Builder().packed()
    labs("check", LAB)
    (tmp_path / "r.json").write_text(labs("receipt")[1])
    code, out, _ = labs("receipt", "verify", tmp_path / "r.json")
    assert code == 0
    assert "✓ ecs-placement 7 of 7" in out


def test_nothing_is_signed_where_nothing_was_checked(labs: Labs) -> None:
    code, out, err = labs("receipt")
    assert (code, out) == (2, "")
    assert "Nothing was checked on this computer yet" in err


@pytest.mark.slow
def test_a_record_is_signed_with_its_digest(labs: Labs, embedded: None, tmp_path: Path) -> None:
    labs("check", LAB, "--record", tmp_path / "record.json")
    labs("receipt", tmp_path / "record.json", "-o", tmp_path / "r.json")
    digest = read(tmp_path / "r.json").receipt.record
    assert digest
    ran = subprocess.run(["sha256sum", tmp_path / "record.json"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(digest)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"labs": []}', '{"error": "no such lab"}'])
def test_what_holds_no_verdict_is_not_signed(labs: Labs, tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    code, out, err = labs("receipt", tmp_path / "x.json")
    assert (code, out) == (2, "")
    assert "neither a record nor the JSON of a check" in err


def test_an_instructor_s_own_key_signs(labs: Labs, verdict: Path, home: Path, tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    )
    labs("receipt", verdict, "--key", tmp_path / "key.pem", "-o", tmp_path / "r.json")
    assert verify(read(tmp_path / "r.json"), key.public_key())
    assert not (home / KEY_FILE).exists()


def test_a_key_of_another_kind_is_refused(labs: Labs, verdict: Path, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    )
    code, _, err = labs("receipt", verdict, "--key", tmp_path / "key.pem")
    assert code == 2
    assert "Ed25519" in err


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_refused(labs: Labs, verdict: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.pem").write_bytes(content)
    code, _, err = labs("receipt", verdict, "--key", tmp_path / "key.pem")
    assert code == 2
    assert "not a readable private key" in err


def test_a_wrong_signature_is_never_verified() -> None:
    statement = SignedStatement(VERDICT, "2026-11-22T09:00:00Z", "0.1.0")
    good = sign(statement, ed25519.Ed25519PrivateKey.generate())
    other = sign(statement, ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(LabsError):
        verify(Receipt(statement, good.key, other.signature))


@pytest.mark.slow
def test_commands_that_sign_nothing_do_not_read_cryptography() -> None:
    code = "import sys; from labs.cli import run; run(['list']); sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
