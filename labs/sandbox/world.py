"""One lock around every request, and the world that settles after each change.

What AWS does by itself after a call (agents register, services place tasks, groups grow) is done here by
reconcilers, before the answer leaves: the next read shows the effect, and no script has to sleep.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute

Reconcile = Callable[[str], bool]
"""Brings one account (by its number) a step further; True where it changed anything."""

MOST_ROUNDS = 200
_READS = ("Describe", "List", "Get", "Head", "BatchGet", "BatchCheck", "Simulate", "Lookup")

lock = threading.RLock()


@dataclass(order=True, frozen=True, slots=True)
class _Step:
    order: int
    name: str
    run: Reconcile


_steps: list[_Step] = []


def reconciler(order: int) -> Callable[[Reconcile], Reconcile]:
    """Registers a step of settling; lower orders run first in each round."""

    def register(run: Reconcile) -> Reconcile:
        _steps.append(_Step(order, run.__name__, run))
        _steps.sort()
        return run

    return register


def settle(account: str) -> None:
    """Runs every reconciler for the account until none changes anything."""
    for _ in range(MOST_ROUNDS):
        if not any([step.run(account) for step in _steps]):
            return
    raise RuntimeError(f"account {account} did not settle in {MOST_ROUNDS} rounds")


def is_read(action: str) -> bool:
    """Whether an operation of AWS's only looks."""
    return action.startswith(_READS)


@patch("settle", "moto answers a call and leaves the world as it is: no agent, no scheduler")
def _settle_after_each_change() -> Undo:
    from moto.core.responses import BaseResponse

    stock = BaseResponse.call_action

    def call_action(response: BaseResponse) -> Any:
        with lock:
            answer = stock(response)
            if not is_read(response._get_action() or ""):  # noqa: SLF001 - moto has no public way to ask
                settle(response.current_account)
            return answer

    return set_attribute(BaseResponse, "call_action", call_action)
