"""Removes resources through the API in order of dependency; ignores missing ones, retries while AWS is busy."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labs.aws.last_look import own_requests
from labs.sdk import Leftover
from labs.verify.cleanup.kinds import GONE, Call, calls, in_order

TRIES = 40
PAUSE = 15.0
"""Seconds between two tries; 40 tries make ten minutes, the timeout of most AWS waiters."""
ROUNDS = 4
"""How often to search again for resources that appear meanwhile (an instance that a group just started)."""

Find = Callable[[], list[Leftover]]


@dataclass(slots=True)
class Removed:
    """The outcome of a clean-up: the resources found, and those `left`, each with the reason."""

    found: list[Leftover] = field(default_factory=list)
    left: dict[Leftover, str] = field(default_factory=dict)

    @property
    def removed(self) -> list[Leftover]:
        """The resources that have been removed."""
        return [thing for thing in self.found if thing not in self.left]


class Remover:
    """Removes resources with clients that may write; `pause` sleeps for a number of seconds."""

    def __init__(self, client: Callable[[str], Any], pause: Callable[[float], None]) -> None:
        self._client = client
        self._pause = pause

    def remove(self, find: Find) -> Removed:
        """Removes all resources that `find` returns, also those that appear meanwhile. Goes on after an error."""
        outcome = Removed()
        for _ in range(ROUNDS):
            found = find()
            todo = [*found, *(thing for thing in outcome.left if thing not in found)]
            if not todo:
                return outcome
            outcome.found += [thing for thing in found if thing not in outcome.found]
            outcome.left = {}
            for thing in in_order(todo):
                if why := self._remove(thing):
                    outcome.left[thing] = why
        for thing in find():
            outcome.left.setdefault(thing, "it is still there")
            if thing not in outcome.found:
                outcome.found.append(thing)
        return outcome

    def _remove(self, thing: Leftover) -> str:
        """Removes a resource. Returns the reason if it is still there, else an empty string."""
        found = calls(thing)
        if not found:
            return "labs knows no call that removes this kind (the reference of labs.sdk lists the kinds)"
        wrong = [self._call(call) for call in found]
        return wrong[-1]

    def _call(self, call: Call) -> str:
        from botocore.exceptions import ClientError, WaiterError

        for _ in range(TRIES):
            try:
                with own_requests():
                    done = self._ask(call)
                if done:
                    return ""
            except WaiterError as error:
                return str(error)
            except ClientError as error:
                code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
                text = f"{code}: {message}"
                if call.retry and re.search(call.retry, text):
                    wrong = text
                elif GONE.search(text):
                    return ""
                else:
                    return text
            else:
                wrong = f"{call.method} has not come about"
            self._pause(PAUSE)
        return wrong

    def _ask(self, call: Call) -> bool:
        """Makes one call. Returns False if a waiter's condition, which it checks once, does not hold yet."""
        from botocore.exceptions import WaiterError

        client = self._client(call.service)
        if not call.waiter:
            getattr(client, call.method)(**call.given)
            return True
        try:
            client.get_waiter(call.method).wait(**call.given, WaiterConfig={"Delay": 0, "MaxAttempts": 1})
        except WaiterError as error:
            if "Max attempts exceeded" in str(error):
                return False
            raise
        return True
