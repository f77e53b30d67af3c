"""Makes moto repeatable: the same request at the same moment with the same seed gives the same world.

moto takes its ids from one generator and its times from the system's clock. Each step of the journal runs
with a stopped clock and a seeded generator, the first time and in a replay. Backends
that moto creates on first use (with a default VPC, subnets, images) are seeded by their identity, so that they
are equal whichever request, even a read, used them first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import time_machine
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random

from labs.sandbox.extend import Undo, set_attribute
from labs.sandbox.world.journal import Header
from labs.sandbox.world.key_material import seed_key_material


@contextmanager
def moment(time: float, seed: int | str) -> Iterator[None]:
    """Runs the block at `time` (seconds since 1970), with moto's ids generated from `seed`."""
    mock_random.seed(seed)
    with time_machine.travel(time, tick=False):
        yield


def make_repeatable(header: Callable[[], Header]) -> Undo:
    """Seeds what moto creates on first use with the world's header. Returns how to undo that."""
    stock = AccountSpecificBackend.__getitem__
    undo: dict[str, Undo] = {}

    def get(backends: Any, region: str) -> Any:
        key = "aws" if region == "global" else region
        if key in backends.keys():  # noqa: SIM118 - `in` of moto's class asks what could be made, too
            return stock(backends, region)
        service = backends.service_name
        if service in _SYSTEM_RANDOM and service not in undo:
            undo[service] = _SYSTEM_RANDOM[service]()
        return _first_use(stock, backends, key, header())

    undo["backends"] = set_attribute(AccountSpecificBackend, "__getitem__", get)

    def undo_all() -> None:
        while undo:
            undo.popitem()[1]()

    return undo_all


def _first_use(stock: Callable[[Any, str], Any], backends: Any, region: str, world: Header) -> Any:
    before = mock_random.getstate()
    try:
        with moment(world.born, f"{world.seed} {backends.account_id} {backends.service_name} {region}"):
            return stock(backends, region)
    finally:
        mock_random.setstate(before)


def _seed_uploads() -> Undo:
    from moto.s3.models import FakeMultipart

    stock = FakeMultipart.__init__

    def initialize(upload: Any, *args: Any, **kwargs: Any) -> None:
        stock(upload, *args, **kwargs)
        upload.id = mock_random.get_random_string(86)

    return set_attribute(FakeMultipart, "__init__", initialize)


def _seed_session_tokens() -> Undo:
    from moto.sts import models

    return set_attribute(models, "random_session_token", lambda: _TOKEN + mock_random.get_random_string(339))


_TOKEN = "FQoGZXIvYXdzEBYaD"  # noqa: S105 - how each of AWS's session tokens starts, no secret

_SYSTEM_RANDOM: dict[str, Callable[[], Undo]] = {
    "kms": seed_key_material,
    "s3": _seed_uploads,
    "sts": _seed_session_tokens,
}
"""The services for which moto takes ids or keys from the system instead of its own generator."""
