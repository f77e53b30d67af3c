"""Dask loads this into the workers of tests: their checks wait at a gate, which is a socket of the test's."""

from __future__ import annotations

from contextlib import suppress

with suppress(ModuleNotFoundError):  # a worker of another program has none
    from labs.aws import pack_checks

    pack_checks.runs_here = lambda _: True
