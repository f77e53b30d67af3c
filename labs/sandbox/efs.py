"""EFS responses as on AWS: without moto's own members and without members that have no value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.efs.models import FileSystem, MountTarget

from labs.sandbox.extend import Undo, patch, set_attribute, together
from labs.sandbox.source import recorded

_INNER = {"FileSystemPolicy", "LifecyclePolicies", "SecurityGroups"}
"""The responses of operations that moto lacks."""


@patch(
    "efs:answers",
    "moto shows all that it keeps of a file system, with nulls",
    recorded("efs:DescribeFileSystems"),
)
def _answer_as_aws() -> Undo:
    kinds = (FileSystem, MountTarget)
    return together(*(set_attribute(kind, "info_json", _shortened(kind.info_json)) for kind in kinds))


def _shortened(stock: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def info_json(resource: Any) -> dict[str, Any]:
        shown = stock(resource).items()
        return {name: value for name, value in shown if value is not None and name not in _INNER}

    return info_json
