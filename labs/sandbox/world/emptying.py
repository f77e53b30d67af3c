"""Empties the sandbox: deletes all moto backends at once."""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend, backend_lock
from moto.core.model_instances import reset_model_data


def empty_moto() -> None:
    """Deletes all backends of moto; faster than its own reset, which first creates each of them again."""
    with backend_lock:
        used: list[Any] = vars(BackendDict)["_instances"]
        for backends in used:
            for _account, _region, backend in backends.iter_backends():
                if type(backend).reset is not BaseBackend.reset:
                    backend.reset()  # closes files (S3), ends threads (Batch)
            backends.clear()
            for beside in vars(backends).values():
                if isinstance(beside, dict):
                    beside.clear()  # what some services keep across accounts, such as the names of S3's buckets
        used.clear()
    reset_model_data()
