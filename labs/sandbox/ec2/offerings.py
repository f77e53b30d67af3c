"""The instance types that each Region offers, loaded on demand.

moto loads the offerings of all Regions when it is imported: a third of a second and 60 MiB for a process that serves
one or two Regions.
"""

from __future__ import annotations

import sys
from typing import Any

_MODULE = "moto.ec2.models.instance_types"
_FOLDER = "ec2/resources/instance_type_offerings/"


class Offerings(dict[str, Any]):
    """The offerings of one type of location, by Region."""

    def __init__(self, location_type: str) -> None:
        super().__init__()
        self._type = location_type

    def __missing__(self, region: str) -> list[dict[str, str]]:
        from moto.utilities.utils import load_resource

        found: list[dict[str, str]] = load_resource(f"{_FOLDER}{self._type}/{region}.json")
        for each in found:
            each["LocationType"] = self._type
        self[region] = found
        return found

    def get(self, region: str, default: Any = None) -> Any:
        """The offerings of a Region; `default` if moto does not know it."""
        try:
            return self[region]
        except FileNotFoundError:
            return default


def read_by_region() -> None:
    """Imports moto's instance types without their offerings. Does nothing if they are imported already."""
    if _MODULE in sys.modules:
        return
    from moto.utilities import utils

    stock = utils.load_resource

    def load(resource: str) -> Any:
        return [] if resource.startswith(_FOLDER) else stock(resource)

    utils.load_resource = load
    try:
        from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
    finally:
        utils.load_resource = stock
    for location_type in INSTANCE_TYPE_OFFERINGS:
        INSTANCE_TYPE_OFFERINGS[location_type] = Offerings(location_type)
