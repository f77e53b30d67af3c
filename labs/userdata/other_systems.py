"""User data of operating systems without cloud-init: Bottlerocket's TOML and the PowerShell of Windows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from labs.userdata.config import UNKNOWN

_POWERSHELL = re.compile(r"\s*(<powershell>|<persist>|version:\s*1\.)", re.IGNORECASE)
_INITIALIZE = re.compile(r"^[^#\n]*?\bInitialize-ECSAgent\b([^\n;|]*)", re.IGNORECASE | re.MULTILINE)
_CLUSTER = re.compile(r"\s-Cluster(?:\s+|:)('[^']*'|\"[^\"]*\"|[^\s'\"]+)", re.IGNORECASE)
_TASK_ROLES = re.compile(r"\s-EnableTaskIAMRole(?=\s|$|:\$true)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OtherSystem:
    """The agent's settings, in the names of ecs.config; None if `unclear` says why they are not known."""

    system: str
    settings: dict[str, str] | None
    unclear: str | None = None


def read(parts: list[str]) -> OtherSystem | None:
    """The settings in user data of Bottlerocket or Windows; None for other user data."""
    if len(parts) != 1 or parts[0].startswith("#!"):
        return None
    return _windows(parts[0]) if _POWERSHELL.match(parts[0]) else _bottlerocket(parts[0])


def _bottlerocket(text: str) -> OtherSystem | None:
    """`[settings.ecs]` with `cluster`, as Bottlerocket's documentation of its settings has it."""
    if "settings" not in text:
        return None
    import tomli

    try:
        found = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError):
        return None
    ecs = _table(_table(found, "settings"), "ecs")
    if "settings" not in found:
        return None
    cluster = ecs.get("cluster", "")
    return OtherSystem(
        "Bottlerocket", {"ECS_CLUSTER": cluster} if isinstance(cluster, str) and cluster else {}
    )


def _table(parent: dict[str, Any], key: str) -> dict[str, Any]:
    found = parent.get(key)
    return found if isinstance(found, dict) else {}


def _windows(text: str) -> OtherSystem:
    """`Initialize-ECSAgent -Cluster NAME -EnableTaskIAMRole`, the way of AWS's images for Windows."""
    script = re.sub(r"`\r?\n|</powershell>", " ", text, flags=re.IGNORECASE)
    calls = list(_INITIALIZE.finditer(script))
    if not calls:
        return OtherSystem("Windows", {})
    before = script[: calls[0].start(1)]
    if len(calls) > 1 or "@" in calls[0][1] or before.count("{") > before.count("}"):
        return OtherSystem("Windows", None, "how Initialize-ECSAgent is called depends on the script")
    found = {}
    if cluster := _CLUSTER.search(calls[0][1]):
        found["ECS_CLUSTER"] = _value(cluster[1])
    if _TASK_ROLES.search(calls[0][1]):
        found["ECS_ENABLE_TASK_IAM_ROLE"] = "true"
    return OtherSystem("Windows", found)


def _value(written: str) -> str:
    """The value of an argument; unknown if PowerShell expands it."""
    if written.startswith("'"):
        return written[1:-1]
    return UNKNOWN if re.search(r"[$`(]", written) else written.strip('"')
