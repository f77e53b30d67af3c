"""Runs the work on a stack's resources, each as soon as its dependencies are done.

As on AWS, independent resources do not wait for each other: a service that is not steady delays only its dependents,
not the Auto Scaling group whose instances it waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

from labs.errors import ResourceFailed, Unsupported
from labs.sandbox.cloudformation.functions import TemplateScope
from labs.sandbox.cloudformation.template import Doc, creation_order
from labs.sandbox.cloudformation.types import IGNORED

Work = Generator[None, None, None]


def walk(
    needs: Mapping[str, set[str]],
    bring: Callable[[str], Work],
    may_retry: Callable[[str], bool],
) -> Work:
    """Processes each resource, in this order, as soon as all resources on which it depends are done.

    Pauses when all started resources have to wait. Raises ResourceFailed. What the API refuses at first is tried once
    more when nothing else can proceed: it may depend on a resource that it does not reference.
    """
    todo, again = list(needs), list[str]()
    under_way: dict[str, Work] = {}
    failed: set[str] = set()
    while todo or under_way or again:
        moved = False
        for name in [*under_way, *todo]:
            if name not in under_way:
                if needs[name] & {*todo, *under_way, *again} - {name}:
                    continue
                todo.remove(name)
                under_way[name] = bring(name)
                moved = True
            try:
                next(under_way[name])
            except StopIteration:
                del under_way[name]
                moved = True
            except ResourceFailed as error:
                del under_way[name]
                if (
                    isinstance(error, Unsupported)
                    or name in failed
                    or not may_retry(name)
                    or not (todo or under_way)
                ):
                    raise
                failed.add(name)
                again.append(name)
        if not moved and again:
            todo, again = again + todo, []
        elif not moved:
            yield


def wanted_resources(template: Doc, scope: TemplateScope) -> list[str]:
    """The resources of a template whose conditions hold, in the order of creation."""
    resources = template["Resources"]
    conditions = {name: each.get("Condition") for name, each in resources.items()}
    return [
        name
        for name in creation_order(template)
        if resources[name]["Type"] not in IGNORED
        and (conditions[name] is None or scope.condition(conditions[name]))
    ]
