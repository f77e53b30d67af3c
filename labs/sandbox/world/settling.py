"""A lock around every request, and the reconciliation of the world after each change.

Asynchronous changes of AWS (agents register, services place tasks, groups grow) are made here by
reconcilers, before the response is sent: the next read shows the effect, and no script has to sleep.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from labs.sandbox import hooks
from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented

log = logging.getLogger("labs.sandbox")

MAX_ROUNDS = 200
_READS = ("Describe", "List", "Get", "Head", "BatchGet", "BatchCheck", "Simulate", "Lookup")

lock = threading.RLock()


mutations = 0
"""The number of calls that changed something: what failed after one of them is tried again after the next."""

failures: dict[str, str] = {}
"""The resources whose reconciliation failed, each with its error."""

_accounts: set[str] = set()


def settle(account: str) -> bool:
    """Runs every reconciler for the account until none changes anything. Returns whether any did."""
    _accounts.add(account)
    for done in range(MAX_ROUNDS):
        changes = [attempt(f"account {account}", reconcile, account) for reconcile in hooks.reconcilers]
        if not any(changes):
            return done > 0
    _note(f"account {account}", RuntimeError(f"it did not settle in {MAX_ROUNDS} rounds"))
    return True


def attempt(what: str, step: Callable[..., bool], *arguments: Any) -> bool:
    """Runs the step of one resource. Returns whether it changed anything.

    An error is logged and shown in the status: a faulty resource does not affect others.
    """
    try:
        return step(*arguments)
    except Exception as error:  # noqa: BLE001 - the border of one resource
        _note(f"{what}, {step.__module__.rpartition('.')[2]}", error)
        return False


def _note(what: str, error: Exception) -> None:
    text = f"{type(error).__name__}: {error}"
    if failures.get(what) != text:  # each round tries again, and need not say so again
        failures[what] = text
        log.error("%s: %s", what, text, exc_info=error)


def settle_all() -> bool:
    """Settles every account that has been used, because something may be due."""
    return any([settle(account) for account in sorted(_accounts)])  # noqa: C419 - each account settles


def forget() -> None:
    """Clears the set of used accounts, for an empty world."""
    _accounts.clear()
    failures.clear()


def is_read(action: str) -> bool:
    """Whether an operation is a read."""
    return action.startswith(_READS)


@patch(
    "settle",
    "moto answers a call and leaves the world as it is: no agent, no scheduler",
    documented("AmazonECS/latest/developerguide/ecs_services.html"),
)
def _settle_after_each_change() -> Undo:
    from moto.core.responses import BaseResponse

    stock = BaseResponse.call_action

    def call_action(response: BaseResponse) -> Any:
        global mutations
        with lock:
            answer = stock(response)
            if not is_read(response._get_action() or ""):
                mutations += 1
                settle(response.current_account)
            return answer

    return set_attribute(BaseResponse, "call_action", call_action)
