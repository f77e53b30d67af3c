"""Receipts: verdicts with an Ed25519 signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from labs.errors import BadReceipt, ContentError, Fault, LabsError, UsageError
from labs.system.files import create_file, read_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_FILE = "receipt-key.pem"
MAX_BYTES = 16 * 1024 * 1024
_OPENING, _CLOSING = b'<script type="application/json" id="receipt">', b"</script>"
"""The tags around the receipt in the HTML of a certificate."""


class SignedStatement(msgspec.Struct, frozen=True):
    """The signed content: a verdict as `labs check --format json` prints it, the time and the version."""

    verdict: dict[str, Any]
    signed_at: str
    cardlabs: str
    record: str | None = None
    """The SHA-256 of the record that the verdict came with."""


class Receipt(msgspec.Struct, frozen=True):
    """A statement, the signer's public key, and the signature; key and signature in base64."""

    receipt: SignedStatement
    key: str
    signature: str
    algorithm: Literal["Ed25519"] = "Ed25519"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Verified:
    """A receipt with a valid signature, and the fingerprint of the signing key."""

    receipt: Receipt
    fingerprint: str


def sign(statement: SignedStatement, key: Ed25519PrivateKey) -> Receipt:
    """The statement with its signature."""
    return Receipt(statement, _encoded(_raw(key.public_key())), _encoded(key.sign(signed_bytes(statement))))


def verify(receipt: Receipt, wanted: Ed25519PublicKey | None = None) -> Verified:
    """The receipt with its fingerprint. Raises BadReceipt if the signature is invalid, or not from the `wanted` key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw, signature = (
            base64.b64decode(receipt.key, validate=True),
            base64.b64decode(receipt.signature, validate=True),
        )
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed_bytes(receipt.receipt))
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise BadReceipt(
            "the signature does not fit: what is signed was changed, or was never signed"
        ) from error
    if wanted is not None and _raw(wanted) != raw:
        raise BadReceipt(f"signed by another key, {fingerprint(raw)}, not by {fingerprint(_raw(wanted))}")
    return Verified(receipt, fingerprint(raw))


def signed_bytes(statement: SignedStatement) -> bytes:
    """The bytes that the signature covers: the statement as JSON with sorted keys and without spaces."""
    return msgspec.json.encode(msgspec.to_builtins(statement), order="sorted")


def fingerprint(public: bytes) -> str:
    """A short name of a public key to compare by eye: the first 16 hex digits of its SHA-256, in groups of four."""
    digits = hashlib.sha256(public).hexdigest()[:16]
    return ":".join(digits[start : start + 4] for start in range(0, 16, 4))


def own_key(home: Path) -> Ed25519PrivateKey:
    """The private key of this machine, created on first use; only its owner may read it.

    If several processes create it at the same time, all get the first one.
    """
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = home / KEY_FILE
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        pem = made.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        try:
            home.mkdir(parents=True, exist_ok=True)
            create_file(path, pem)
        except OSError as error:
            raise LabsError(f"{path}: cannot be written: {error.strerror}") from error
    return private_key(path)


def fingerprint_of(home: Path) -> str | None:
    """The fingerprint of this machine's key; None if it has no key yet."""
    path = home / KEY_FILE
    return fingerprint(_raw(private_key(path).public_key())) if path.exists() else None


def private_key(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 private key in a PEM file without a passphrase. Raises UsageError if it is not one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_content(path), password=None)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path}: this is not a readable private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: receipts are signed by Ed25519: openssl genpkey -algorithm ed25519")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The Ed25519 public key in a PEM file. Raises UsageError if it is not one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_content(path))
    except ValueError as error:
        raise UsageError(f"{path}: this is not a public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path}: receipts are signed by Ed25519")
    return key


def public_pem(key: Ed25519PrivateKey) -> str:
    """The public key as PEM."""
    from cryptography.hazmat.primitives import serialization as forms

    pem = key.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode("ascii")


def read(path: Path) -> Receipt:
    """The receipt in a JSON file or in a certificate. Raises ContentError if there is none."""
    content = _content(path)
    _, opening, rest = content.partition(_OPENING)
    try:
        return msgspec.json.decode(rest.partition(_CLOSING)[0] if opening else content, type=Receipt)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContentError(Fault(str(path), f"this is not a receipt: {error}")) from error


def dump(receipt: Receipt) -> str:
    """The receipt as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=2).decode()


def _content(path: Path) -> bytes:
    try:
        return read_bytes(path, MAX_BYTES)
    except OSError as error:
        raise ContentError(Fault(str(path), error.strerror or str(error))) from error


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes_raw()


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
