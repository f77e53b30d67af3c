"""The checks of an account before labs are played in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3  # noqa: TID253 - the account that is looked at
import pytest

from labs.author.account.plan import instance_types, stages, total_cost
from labs.content.pack import open_catalog
from labs.doctor import account
from labs.errors import ReadRefused
from tests.builders import REGION


class Fake:
    """A client that gives these answers."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Any:
        return lambda **_: self.answers[name]

    def get_paginator(self, name: str) -> Any:
        """One page."""
        return Fake(paginate=[self.answers[name]])


def instances(*vcpus: int) -> Mapping[str, Any]:
    each = [{"CpuOptions": {"CoreCount": count, "ThreadsPerCore": 1}} for count in vcpus]
    return {"Reservations": [{"Instances": each}]}


@pytest.mark.slow
@pytest.mark.parametrize(("zones", "well"), [(3, True), (4, False)])
def test_zones_of_the_default_vpc_are_counted(embedded: None, zones: int, well: bool) -> None:
    point = account.vpc_point(boto3.client("ec2", REGION), zones)
    assert point.well is well
    assert "default subnets in 3 zones" in point.seen


def test_an_account_without_default_vpc_is_not_ready() -> None:
    point = account.vpc_point(Fake(describe_vpcs={"Vpcs": []}), 1)
    assert not point.well
    assert "create-default-vpc" in point.do


@pytest.mark.parametrize(("used", "well"), [((), True), ((2,), True), ((2, 1), False)])
def test_running_instances_count_against_the_quota(used: tuple[int, ...], well: bool) -> None:
    quotas = Fake(get_service_quota={"Quota": {"Value": 8.0}})
    point = account.quota_point(quotas, Fake(describe_instances=instances(*used)), 6)
    assert point.well is well
    assert bool(point.do) is not well


@pytest.mark.parametrize(
    ("plan", "eligible", "well"),
    [("FREE", True, True), ("FREE", False, False), ("PAID", False, True)],
)
def test_the_free_plan_launches_eligible_types_only(plan: str, eligible: bool, well: bool) -> None:
    freetier = Fake(get_account_plan_state={"accountPlanType": plan})
    point = account.plan_point(freetier, {"t3.large": {"FreeTierEligible": eligible}})
    assert point.well is well


def test_what_may_not_be_read_stops_nothing() -> None:
    """Somebody who may not read quotas may still play."""

    def refused() -> account.Point:
        raise ReadRefused("no")

    point = account.tried("vCPU quota", refused)
    assert point.well
    assert point.seen.startswith("not checked")


def test_the_plan_holds_what_task_toml_allows() -> None:
    """The reference solution always; others and mistakes by name; each costs an attempt."""
    lab = open_catalog().lab("ecs-placement")
    played = [str(stage) for stage in stages(lab)]
    assert played[:2] == ["ecs-placement nothing", "ecs-placement solution solution"]
    assert {each.split()[-1] for each in played[2:]} == {
        *lab.task.account.solutions,
        *lab.task.account.mistakes,
    }
    assert total_cost([lab]) == pytest.approx(lab.task.cost.total * (len(played) - 1))
    assert instance_types(lab)
