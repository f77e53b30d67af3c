"""The hooks of the sandbox: when extensions are called, and in which order.

    @hooks.launch_checks.add("image")
    def pull_failure(ecs, task):
        ...

Each registry below lists the names of its functions in the order in which they run, so the order of imports does not
matter. The functions register themselves when their module is imported (see `extend.MODULES`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])


class HookRegistry(Generic[_Function]):
    """The functions of one hook, in the order of the registry's names."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self._functions: dict[str, _Function] = {}

    def add(self, name: str) -> Callable[[_Function], _Function]:
        """Registers a function under one of the names. Raises ValueError if it is unknown or taken."""
        if name not in self.names or name in self._functions:
            raise ValueError(f"{name!r} is not a free name: {', '.join(self.names)}")

        def register(function: _Function) -> _Function:
            self._functions[name] = function
            return function

        return register

    def __iter__(self) -> Iterator[_Function]:
        return (self._functions[name] for name in self.names if name in self._functions)


reconcilers: HookRegistry[Callable[[str], bool]] = HookRegistry(
    "iam", "agents", "scheduled actions", "ecs scheduler", "managed scaling", "stacks"
)
"""Functions that advance one account, given by its ID, by one step, and return whether anything changed."""

due_checks: HookRegistry[Callable[[], bool]] = HookRegistry("managed scaling", "scheduled actions", "stacks")
"""Functions that return whether something is due now, in any account, because time has passed."""

before_answer: HookRegistry[Callable[[Any], None]] = HookRegistry("due tasks")
"""Called with the ECS state before each ECS operation."""

launch_checks: HookRegistry[Callable[[Any, Any], str | None]] = HookRegistry(
    "volume", "file systems", "network", "log streams", "image"
)
"""Called with the ECS state and a task before it starts. Return the reason why it cannot start, or None."""

on_start: HookRegistry[Callable[[Any, Any], None]] = HookRegistry("targets")
"""Called with the ECS state and a task that has started."""

on_stop: HookRegistry[Callable[[Any, Any], None]] = HookRegistry("targets", "volume")
"""Called with the ECS state and a task that has stopped, whether it ever ran or not."""

on_alarm: HookRegistry[Callable[[str, str, Any], None]] = HookRegistry("service scaling")
"""Called with account, region and alarm when an alarm is in ALARM after it was evaluated or set."""
