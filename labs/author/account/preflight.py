"""What an account needs before labs are played in it; asks by reads only.

What could not be read stops nothing: the person who starts the proof is told, and decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from labs.author.account.plan import instance_types, total_cost
from labs.author.account.real_account import RealAccount
from labs.aws.faults import reason
from labs.content.lab import Lab
from labs.doctor.checks import Point

SERVICE_LINKED_ROLE = "AWSServiceRoleForECS"
VCPU_QUOTA = "L-1216C47A"
"""Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances, in vCPUs."""
PLAN_REGION = "us-east-1"
"""Where the API of the free plan is."""
READS = frozenset(
    {
        "iam:GetRole",
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceTypes",
        "service-quotas:GetServiceQuota",
        "freetier:GetAccountPlanState",
    }
)


def examine(account: RealAccount, labs: list[Lab], max_cost: float) -> Iterator[Point]:
    """Everything that is looked at, each with what to do where it is not well."""
    with account.reading(READS) as session:
        target = session.target()
        yield Point("account", True, f"{target.account} in {target.region} ({target.arn})")
        client = partial(session.client, region=session.region)
        yield _tried("service-linked role", lambda: _role(client("iam")))
        zones = max((lab.task.account.zones for lab in labs), default=0)
        if zones:
            yield _tried("default VPC", lambda: _vpc(client("ec2"), zones))
        types = {lab.id: instance_types(lab) for lab in labs if lab.task.account.instances}
        if types:
            kinds = _tried_types(client("ec2"), sorted(set().union(*types.values())))
            if isinstance(kinds, Point):
                yield kinds
            else:
                needed = max(_vcpus(lab, types[lab.id], kinds) for lab in labs if lab.id in types)
                yield _tried("vCPU quota", lambda: _quota(client("service-quotas"), client("ec2"), needed))
                plan = session.client("freetier", PLAN_REGION)
                yield _tried("free plan", lambda: _plan(plan, kinds))
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
    return any(point.what == "service-linked role" and point.seen.startswith("not there") for point in points)


def _tried(what: str, look: Callable[[], Point]) -> Point:
    """What a look says; that it could not be made, where it was refused."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the rest is looked at
        return Point(what, True, f"could not look: {reason(error, READS).text}")


def _role(iam: Any) -> Point:
    what = "service-linked role"
    try:
        iam.get_role(RoleName=SERVICE_LINKED_ROLE)
    except iam.exceptions.NoSuchEntityException:
        return Point(what, True, f"not there yet: {SERVICE_LINKED_ROLE} is created first, and stays")
    return Point(what, True, SERVICE_LINKED_ROLE)


def _vpc(ec2: Any, zones: int) -> Point:
    what, do = "default VPC", "aws ec2 create-default-vpc, and create-default-subnet for each zone"
    found = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not found:
        return Point(what, False, "there is none in this region", do)
    filters = [
        {"Name": "vpc-id", "Values": [found[0]["VpcId"]]},
        {"Name": "default-for-az", "Values": ["true"]},
    ]
    there = {each["AvailabilityZone"] for each in ec2.describe_subnets(Filters=filters)["Subnets"]}
    seen = f"{found[0]['VpcId']}, default subnets in {len(there)} zones"
    well = len(there) >= zones
    return Point(what, well, seen, "" if well else f"{zones} zones are needed: {do}")


def _tried_types(ec2: Any, types: list[str]) -> dict[str, Any] | Point:
    """What EC2 says of these instance types, by name."""
    try:
        pages = ec2.get_paginator("describe_instance_types").paginate(
            Filters=[{"Name": "instance-type", "Values": types}]
        )
        return {each["InstanceType"]: each for page in pages for each in page["InstanceTypes"]}
    except Exception as error:  # noqa: BLE001 - as in `_tried`
        return Point("instance types", True, f"could not look: {reason(error, READS).text}")


def _vcpus(lab: Lab, types: set[str], kinds: dict[str, Any]) -> int:
    """The vCPUs that a lab's instances have at the same time, at most."""
    each = max((kinds[name]["VCpuInfo"]["DefaultVCpus"] for name in types if name in kinds), default=2)
    return lab.task.account.instances * int(each)


def _quota(quotas: Any, ec2: Any, needed: int) -> Point:
    value = quotas.get_service_quota(ServiceCode="ec2", QuotaCode=VCPU_QUOTA)["Quota"]["Value"]
    running = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    )
    used = sum(
        each["CpuOptions"]["CoreCount"] * each["CpuOptions"]["ThreadsPerCore"]
        for page in running
        for reservation in page["Reservations"]
        for each in reservation["Instances"]
        if "CpuOptions" in each
    )
    seen = f"{value:g} On-Demand Standard vCPUs, {used} in use; the labs need up to {needed}"
    well = value - used >= needed
    return Point("vCPU quota", well, seen, "" if well else f"raise {VCPU_QUOTA} in Service Quotas")


def _plan(freetier: Any, kinds: dict[str, Any]) -> Point:
    """An account on the free plan launches only instance types that EC2 calls free-tier eligible."""
    if freetier.get_account_plan_state()["accountPlanType"] != "FREE":
        return Point("free plan", True, "the account is on a paid plan")
    paid = sorted(name for name, each in kinds.items() if not each.get("FreeTierEligible"))
    seen = (
        f"not for accounts on the free plan: {', '.join(paid)}" if paid else "all instance types are eligible"
    )
    do = "leave out the labs that use them, or upgrade the account" if paid else ""
    return Point("free plan", not paid, seen, do)


def _cost(total: float, max_cost: float) -> Point:
    seen = f"up to ${total:.2f}, of which --max-cost allows ${max_cost:.2f}"
    if total > max_cost:
        seen += ": the proof stops before it exceeds that, and --resume goes on"
    return Point("cost", True, seen)
