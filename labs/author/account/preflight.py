"""Checks the requirements of an account before labs are played in it. Only reads.

A refused read is reported and does not stop the proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from labs.author.account.plan import instance_types, total_cost
from labs.author.account.real_account import RealAccount
from labs.content.lab import Lab
from labs.doctor.account import (
    PLAN_REGION,
    READS,
    ROLE_MISSING,
    Point,
    plan_point,
    quota_point,
    role_point,
    tried,
    tried_types,
    vpc_point,
)


def examine(account: RealAccount, labs: list[Lab], max_cost: float) -> Iterator[Point]:
    """All points of the preflight, each with advice if it is not well."""
    with account.reading(READS) as session:
        target = session.target()
        yield Point("account", True, f"{target.account} in {target.region} ({target.arn})")
        client = partial(session.client, region=session.region)
        yield tried("service-linked role", lambda: role_point(client("iam")))
        zones = max((lab.task.account.zones for lab in labs), default=0)
        if zones:
            yield tried("default VPC", lambda: vpc_point(client("ec2"), zones))
        types = {lab.id: instance_types(lab) for lab in labs if lab.task.account.instances}
        if types:
            kinds = tried_types(client("ec2"), sorted(set().union(*types.values())))
            if isinstance(kinds, Point):
                yield kinds
            else:
                needed = max(_vcpus(lab, types[lab.id], kinds) for lab in labs if lab.id in types)
                yield tried(
                    "vCPU quota", lambda: quota_point(client("service-quotas"), client("ec2"), needed)
                )
                plan = session.client("freetier", PLAN_REGION)
                yield tried("free plan", lambda: plan_point(plan, kinds))
    for lab in labs:
        left = account.leftovers(lab)
        yield Point(
            lab.id,
            not left,
            f"already there: {', '.join(map(str, left))}" if left else "none of its names is taken",
            f"labs clean {lab.id}" if left else "",
        )
    yield _cost(total_cost(labs), max_cost)


def can_create_role(points: list[Point]) -> bool:
    """Whether the service-linked role has to be created first."""
    return any(point.what == "service-linked role" and point.seen == ROLE_MISSING for point in points)


def _vcpus(lab: Lab, types: set[str], kinds: dict[str, Any]) -> int:
    """The maximum number of vCPUs that a lab uses at the same time."""
    each = max((kinds[name]["VCpuInfo"]["DefaultVCpus"] for name in types if name in kinds), default=2)
    return lab.task.account.instances * int(each)


def _cost(total: float, max_cost: float) -> Point:
    seen = f"up to ${total:.2f}, of which --max-cost allows ${max_cost:.2f}"
    if total > max_cost:
        seen += ": the proof stops before it exceeds that, and --resume goes on"
    return Point("cost", True, seen)
