"""Account settings: of a principal, defaults of the account, and the effective settings.

Source: developer guide, "Access Amazon ECS features with account settings"; API reference, PutAccountSetting,
PutAccountSettingDefault, ListAccountSettings and DeleteAccountSetting.
"""

from __future__ import annotations

from moto.utilities.utils import get_partition

from labs.sandbox.ecs.api.handlers import answers, caller
from labs.sandbox.ecs.model.documents import paged
from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import Doc
from labs.sandbox.ecs.model.state import Ecs

_ON = ("enabled", "on", "disabled", "off")
_OFF = ("disabled", "off", "enabled", "on")
_VALUES = {
    "serviceLongArnFormat": _ON,
    "taskLongArnFormat": _ON,
    "containerInstanceLongArnFormat": _ON,
    "awsvpcTrunking": _OFF,
    "containerInsights": (*_OFF, "enhanced"),
    "fargateEventWindows": _OFF,
    "fargateFIPSMode": _OFF,
    "tagResourceAuthorization": ("on", "enabled", "off", "disabled"),
    "fargateTaskRetirementWaitPeriod": ("7", "0", "14"),
    "defaultLogDriverMode": ("non-blocking", "blocking"),
}
"""The values of each setting; the first is the default."""


@answers("PutAccountSetting", "moto takes any value, and has no principals")
def put_account_setting(ecs: Ecs, request: Doc) -> Doc:
    """Sets a setting for the caller, or for the given principal."""
    return _put(ecs, request.get("principalArn") or caller(ecs), request)


@answers("PutAccountSettingDefault", "moto does not have it")
def put_account_setting_default(ecs: Ecs, request: Doc) -> Doc:
    """Sets the account's default of a setting."""
    return _put(ecs, _root(ecs), request)


@answers("DeleteAccountSetting", "moto has no principals")
def delete_account_setting(ecs: Ecs, request: Doc) -> Doc:
    """Deletes a setting of the caller or of the given principal, so that the default applies."""
    name, principal = _name(request), request.get("principalArn") or caller(ecs)
    ecs.settings.pop((principal, name), None)
    return {"setting": _described(name, effective(ecs, name, principal), principal)}


@answers("ListAccountSettings", "moto knows no effective settings, and has no principals")
def list_account_settings(ecs: Ecs, request: Doc) -> Doc:
    """The settings of a principal; with `effectiveSettings`, including the defaults."""
    principal, value = request.get("principalArn") or caller(ecs), request.get("value")
    held = {
        name: effective(ecs, name, principal)
        for name in ([_name(request)] if request.get("name") else _VALUES)
        if request.get("effectiveSettings") or (principal, name) in ecs.settings
    }
    page = paged([name for name in held if value in (None, held[name])], request, "settings")
    page["settings"] = [_described(name, held[name], principal) for name in page["settings"]]
    return page


def effective(ecs: Ecs, name: str, principal: str) -> str:
    """The principal's own setting, else the account's default, else AWS's."""
    default = ecs.settings.get((_root(ecs), name), _VALUES[name][0])
    return ecs.settings.get((principal, name), default)


def _put(ecs: Ecs, principal: str, request: Doc) -> Doc:
    name, value = _name(request), request["value"]
    if value not in _VALUES[name]:
        raise invalid(f"Invalid value for setting {name}: should be one of [{','.join(_VALUES[name])}]")
    ecs.settings[principal, name] = value
    return {"setting": _described(name, value, principal)}


def _described(name: str, value: str, principal: str) -> Doc:
    return {"name": name, "value": value, "principalArn": principal, "type": "user"}


def _name(request: Doc) -> str:
    name = str(request["name"])
    if name not in _VALUES:
        raise invalid(f"unknown should be one of [{','.join(_VALUES)}]")
    return name


def _root(ecs: Ecs) -> str:
    return f"arn:{get_partition(ecs.region)}:iam::{ecs.account}:root"
