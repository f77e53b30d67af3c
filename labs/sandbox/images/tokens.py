"""ECR authorization tokens, which identify an access key, a registry and the time of expiration.

The form is AWS's: `AWS:` and a password, base64; the password is base64 of JSON with a payload and an expiration
(seconds since 1970). The payload names registry, region and access key, and is signed with the world's seed, so
that nobody can write a token for another's keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """The content of a token: an access key and the registry that it was issued for."""

    access_key: str
    account: str
    region: str
    expires: int
    """Seconds since 1970."""


def write_token(login: Login, seed: int) -> str:
    """The `authorizationToken` of GetAuthorizationToken."""
    content = {
        "payload": base64.b64encode(_payload(login, seed)).decode(),
        "version": "2",
        "type": "DATA_KEY",
        "expiration": login.expires,
    }
    password = base64.b64encode(json.dumps(content).encode())
    return base64.b64encode(b"AWS:" + password).decode()


def read_password(password: str, seed: int) -> Login | None:
    """The login of a password; None if this sandbox did not issue it."""
    try:
        content = json.loads(base64.b64decode(password, validate=True))
        signature, _, body = base64.b64decode(content["payload"], validate=True).partition(b" ")
        fields = json.loads(body)
        login = Login(fields["key"], fields["account"], fields["region"], int(content["expiration"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return login if hmac.compare_digest(signature, _signature(login, seed)) else None


def _payload(login: Login, seed: int) -> bytes:
    body = json.dumps({"account": login.account, "region": login.region, "key": login.access_key}).encode()
    return _signature(login, seed) + b" " + body


def _signature(login: Login, seed: int) -> bytes:
    what = f"{login.access_key} {login.account} {login.region} {login.expires}"
    return hmac.new(str(seed).encode(), what.encode(), hashlib.sha256).hexdigest().encode()
