"""Confines the server's process: no connections, no other programs, no files outside its folder.

The requests in a world can come from anybody, and moto is not written for untrusted requests. An audit
hook, which cannot be removed, refuses what a sandbox never needs: it raises an OSError and logs
what was refused, which `labs sandbox status` shows. Calls by `requests`, such as the delivery of a notification,
get no response instead.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labs.system.audit_hook import AuditHook, library_folders

log = logging.getLogger("labs.sandbox")

_thread = threading.local()


def confine(folder: Path) -> None:
    """Confines this process permanently to a folder, which it can write."""
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    tempfile.tempdir = str(scratch)
    sys.dont_write_bytecode = True  # a library that was installed uncompiled is imported, and not written to
    _turn_off_moto()
    sys.dont_write_bytecode = True  # what is imported later lies outside of the folder
    hook = AuditHook(
        [str(folder)], library_folders(), _refuse, trusted=lambda: getattr(_thread, "trusted", False)
    )
    sys.addaudithook(hook)


@contextmanager
def unconfined() -> Iterator[None]:
    """Refuses this thread nothing while the block runs: the server binds its port, wakes itself, removes its folder."""
    _thread.trusted = True
    try:
        yield
    finally:
        _thread.trusted = False


def _refuse(event: str, what: object) -> None:
    log.error("Refused to a world: %s %s", event, what)
    raise PermissionError(f"the sandbox keeps to itself: {event} {what}")


def _turn_off_moto() -> None:
    """Disables moto's containers for Batch and Lambda, and its calls by `requests`."""
    import requests
    from moto.core.config import default_user_config
    from requests.adapters import HTTPAdapter

    default_user_config["batch"] = {"use_docker": False}
    default_user_config["lambda"] = {"use_docker": False}

    def send(_adapter: HTTPAdapter, request: Any, *_: Any, **__: Any) -> requests.Response:
        log.error("Refused to a world: %s %s", request.method, request.url)
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 503, request, request.url
        return answer

    HTTPAdapter.send = send  # type: ignore[method-assign,assignment] # for good: this process serves a world
