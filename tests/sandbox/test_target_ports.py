"""The port that DescribeTargetHealth tells of a target that is not registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.slow
def test_a_target_that_is_not_registered_is_told_with_the_groups_port(
    aws: None, client: Callable[..., Any]
) -> None:
    balancing, [network, *_] = client("elbv2"), client("ec2").describe_vpcs()["Vpcs"]
    made = balancing.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=network["VpcId"])
    [found] = balancing.describe_target_health(
        TargetGroupArn=made["TargetGroups"][0]["TargetGroupArn"], Targets=[{"Id": "i-0123456789abcdef0"}]
    )["TargetHealthDescriptions"]
    assert found["Target"]["Port"] == 8080
    assert found["TargetHealth"]["Reason"] == "Target.NotRegistered"
