"""Removes what was found by the API: in an order that works, past what is gone, and again while AWS is busy."""

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
"""Seconds between two tries; together ten minutes, which is how long most of AWS's waiters wait."""
ROUNDS = 4
"""How often what appears meanwhile is looked for (an instance that a group just started)."""

Find = Callable[[], list[Leftover]]


@dataclass(slots=True)
class Removed:
    """The outcome of a clean-up: what was found, and what of it is `left`, each with the reason."""

    found: list[Leftover] = field(default_factory=list)
    left: dict[Leftover, str] = field(default_factory=dict)

    @property
    def removed(self) -> list[Leftover]:
        """The resources that have been removed."""
        return [thing for thing in self.found if thing not in self.left]


class Remover:
    """Removes resources with clients that may write; `pause` waits this many seconds, of whatever clock."""

    def __init__(self, client: Callable[[str], Any], pause: Callable[[float], None]) -> None:
        self._client = client
        self._pause = pause

    def remove(self, find: Find) -> Removed:
        """Removes all that `find` finds, and what it finds afterwards. Never stops half-way."""
        outcome = Removed()
        for _ in range(ROUNDS):
            found = find()
            todo = [*found, *(thing for thing in outcome.left if thing not in found)]
            if not todo:
                break
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
        """Why a resource could not be removed; nothing if it was, or was gone."""
        found = calls(thing)
        if not found:
            return f"what removes a {thing.kind} is not known"
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
        """Whether the call was done; a waiter looks once, and is asked again after a pause of ours."""
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
