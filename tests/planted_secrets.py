"""Thirty kinds of secrets, and where learners put them: to be planted into what AWS answers."""

from __future__ import annotations

import base64
from typing import Any

FIELDS = {name: f"planted-{name}" for name in ("SecretAccessKey", "SessionToken", "SecretString", "password")}
ENVIRONMENT = {
    "PGPASS": "planted-01",
    "SMTP": "smtp://me:planted-02@mail",
    "MODE": "planted-03",
    "DB_PASSWORD": "planted-04",
    "API_KEY": "planted-05",
    "DSN": "planted-06;user=me",
    "JSON": '{"pin": "planted-07"}',
}
COMMAND = [
    "--password",
    "planted-08",
    "-pplanted-09",
    "--api-key=planted-10",
    "mysql -u root -pplanted-11",
    "planted-12",
]
LABELS = {"auth": "Bearer planted-13", "basic": "Basic planted-14=", "note": "planted-15"}
SCRIPT = """
export DB_PASSWORD=planted-16
API_TOKEN='planted-17'
login --password planted-18 --user me
login --token "planted-19"
mysql -u root -pplanted-20 shop
sshpass -pplanted-21 true
curl -u me:planted-22 https://example.com
curl -H "Authorization: Bearer planted-23" https://example.com
curl -H "Authorization: Basic planted-24=" https://example.com
curl https://me:planted-25@example.com
echo AKIAPLANTEDPLANTEDPL
echo ghp_plantedplantedplantedplanted
echo xoxb-planted-planted-planted
echo glpat-plantedplantedplanted
echo eyJplantedplanted.planted.planted
"""
KINDS = len(FIELDS) + len(ENVIRONMENT) + len(COMMAND) + len(LABELS) + SCRIPT.count("\n") - 1


def plant(value: Any) -> Any:
    """The same answer with secrets wherever such a thing can stand."""
    if isinstance(value, list):
        return [plant(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: plant(each) for name, each in value.items()}
    if "ResponseMetadata" in found:
        found |= FIELDS
    if "image" in found and "name" in found:  # a container
        found["environment"] = [*found.get("environment", []), *_pairs(ENVIRONMENT)]
        found["command"] = [*found.get("command", []), *COMMAND]
        found["entryPoint"] = [*found.get("entryPoint", []), *COMMAND]
        found["dockerLabels"] = {**found.get("dockerLabels", {}), **LABELS}
    if isinstance(found.get("UserData"), str):
        found["UserData"] = _with_script(found["UserData"])
    elif isinstance(found.get("UserData"), dict) and found["UserData"].get("Value"):
        found["UserData"] = {**found["UserData"], "Value": _with_script(found["UserData"]["Value"])}
    return found


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _with_script(encoded: str) -> str:
    script = base64.b64decode(encoded).decode()
    return base64.b64encode(f"{script}{SCRIPT}".encode()).decode() if script.startswith("#!") else encoded
