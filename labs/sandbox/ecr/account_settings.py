"""ECR's account settings: scanner, scope of the registry policy, and blob mounting.

Source: API reference of ECR (PutAccountSetting, GetAccountSetting); user guide, "Blob mounting".
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException

from labs.sandbox.extend import Stock, operation

_VALUES = {
    "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE", "CLAIR"),
    "REGISTRY_POLICY_SCOPE": ("V2", "V1"),
    "BLOB_MOUNTING": ("DISABLED", "ENABLED"),
}
"""The values of each setting; the first is the default."""


@operation("ecr", "PutAccountSetting", "missing in moto")
def put_account_setting(response: Any, _: Stock) -> ActionResult:
    """Sets one setting of the account in this Region."""
    name, value = _name(response), response._get_param("value")
    if value not in _VALUES[name]:
        raise InvalidParameterException(
            f"Invalid parameter at 'value' failed to satisfy constraint: 'Member must satisfy enum value set: "
            f"[{', '.join(_VALUES[name])}]'"
        )
    _settings(response.ecr_backend)[name] = value
    return ActionResult({"name": name, "value": value})


@operation("ecr", "GetAccountSetting", "missing in moto")
def get_account_setting(response: Any, _: Stock) -> ActionResult:
    """One setting of the account in this Region."""
    name = _name(response)
    return ActionResult({"name": name, "value": setting(response.ecr_backend, name)})


def setting(backend: Any, name: str) -> str:
    """The value of a setting in one account and Region."""
    found: str = _settings(backend).get(name, _VALUES[name][0])
    return found


def _name(response: Any) -> str:
    name = str(response._get_param("name"))
    if name not in _VALUES:
        raise InvalidParameterException(
            f"Invalid parameter at 'name' failed to satisfy constraint: 'Member must satisfy enum value set: "
            f"[{', '.join(_VALUES)}]'"
        )
    return name


def _settings(backend: Any) -> dict[str, str]:
    found: dict[str, str] = vars(backend).setdefault("account_settings", {})
    return found
