"""KMS key material from moto's own generator, so that data encrypted before a stop can be decrypted after it.

moto takes it from the system. A private key is generated from a seed on first use: RSA primes take up to a second,
and moto would generate some for each symmetric key as well.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.moto_api._internal import mock_random

from labs.sandbox.extend import Undo, set_attribute, together

_EXPONENT = 65_537
_SMALL_PRIMES = [n for n in range(3, 2_000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
_ROUNDS = 8
"""Rounds of the Miller-Rabin test; a composite number passes each with a probability below 1/4."""


def seed_key_material() -> Undo:
    """Makes KMS generate keys from moto's generator. Returns how to undo that."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from moto.kms import models, responses, utils

    stock = utils.generate_private_key
    system = SimpleNamespace(**{**vars(os), "urandom": mock_random.randbytes})
    return together(
        *(set_attribute(module, "os", system) for module in (models, responses, utils)),
        set_attribute(models, "generate_private_key", lambda spec: _LazyKey(stock, spec)),
        set_attribute(utils, "rsa", _Generator(rsa, generate_private_key=_rsa_key)),
        set_attribute(utils, "ec", _Generator(ec, generate_private_key=_ec_key)),
    )


class _LazyKey:
    """A private key of moto, generated from its seed on first use."""

    def __init__(self, make: Callable[[str], Any], spec: str) -> None:
        self._make, self._spec = make, spec
        self._seed = mock_random.getrandbits(256)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        before = mock_random.getstate()
        mock_random.seed(self._seed)
        try:
            self.__dict__["_key"] = key = self.__dict__.get("_key") or self._make(self._spec)
        finally:
            mock_random.setstate(before)
        return getattr(key, name)


class _Generator:
    """A module of `cryptography` with some of its functions replaced."""

    def __init__(self, module: Any, **replaced: Any) -> None:
        self._module = module
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _ec_key(curve: Any) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(mock_random.getrandbits(curve.key_size - 1) | 1, curve)


def _rsa_key(public_exponent: int, key_size: int) -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    p, q = sorted((_prime(key_size // 2), _prime(key_size // 2)), reverse=True)
    d = pow(public_exponent, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(public_exponent, p * q)
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key()


def _prime(bits: int) -> int:
    """A prime with this number of bits, the two highest set, so that the product of two has twice as many bits."""
    while True:
        number = mock_random.getrandbits(bits) | (0b11 << (bits - 2)) | 1
        if (number - 1) % _EXPONENT and _is_prime(number):
            return number


def _is_prime(number: int) -> bool:
    if any(number % prime == 0 for prime in _SMALL_PRIMES):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    witnesses = random.Random(number)  # noqa: S311 - of the number itself: the same each time
    return all(_passes(number, odd, twos, witnesses.randrange(2, number - 1)) for _ in range(_ROUNDS))


def _passes(number: int, odd: int, twos: int, base: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = pow(power, 2, number)
        if power == number - 1:
            return True
    return False
