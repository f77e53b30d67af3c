"""The offerings of instance types, read region by region."""

from __future__ import annotations

import pytest

from labs.sandbox.ec2.offerings import Offerings


@pytest.mark.parametrize("location_type", ["region", "availability-zone", "availability-zone-id"])
def test_region_has_motos_offerings(location_type: str) -> None:
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

    read = Offerings(location_type)
    assert read["eu-west-1"] == INSTANCE_TYPE_OFFERINGS[location_type]["eu-west-1"]
    assert read.get("eu-west-2") == INSTANCE_TYPE_OFFERINGS[location_type]["eu-west-2"]


def test_unknown_region_has_the_default() -> None:
    assert Offerings("region").get("mars-1", []) == []
