"""Instance types by what they must offer."""

from __future__ import annotations

import pytest

from labs.sandbox.ec2.instance_requirements import smallest_type

SMALL = {"VCpuCount": {"Min": 2, "Max": 4}, "MemoryMiB": {"Min": 4096, "Max": 8192}}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, "c5.large"),
        ({"BurstablePerformance": "required"}, "t2.medium"),
        ({"CpuManufacturers": ["amd"]}, "c5a.large"),
        ({"ExcludedInstanceTypes": ["c*", "t*"]}, "m1.large"),
        ({"AllowedInstanceTypes": ["m5.*"]}, "m5.large"),
        ({"AllowedInstanceTypes": ["m5.*"], "MemoryGiBPerVCpu": {"Max": 2}}, None),
        ({"AllowedInstanceTypes": ["p3.*"]}, None),
    ],
)
def test_smallest_type_that_fits_is_taken(more: dict[str, object], found: str | None) -> None:
    assert smallest_type({**SMALL, **more}, "x86_64") == found


def test_processor_is_that_of_the_image() -> None:
    assert smallest_type({**SMALL, "AllowedInstanceTypes": ["c6*"]}, "arm64") == "c6g.large"
