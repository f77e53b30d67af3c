"""Checks of a new AWS account: a service-linked role, a default VPC, vCPUs, a paid plan, a Region.

Only reads. If something cannot be read, the point says so and is not a problem of the account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from labs.aws.faults import read_errors, reason
from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.errors import UsageError

SERVICE_LINKED_ROLE = "AWSServiceRoleForECS"
ROLE_MISSING = f"not there yet: {SERVICE_LINKED_ROLE} is created with the first cluster, and stays"
VCPU_QUOTA = "L-1216C47A"
"""Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances, in vCPUs."""
PLAN_REGION = "us-east-1"
"""The Region of the Free Tier API."""
READS = frozenset(
    {
        "ec2:DescribeRegions",
        "iam:GetRole",
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceTypes",
        "service-quotas:GetServiceQuota",
        "freetier:GetAccountPlanState",
    }
)
VCPUS_OF_AN_INSTANCE = 2
"""The vCPUs of the instance types that labs name."""


@dataclass(frozen=True, slots=True)
class Point:
    """The result of one examination: what, whether it is fine, what was found, and what to do otherwise."""

    what: str
    well: bool
    seen: str
    do: str = ""


def account_points(session: AwsSession, labs: Iterable[Lab]) -> list[Point]:
    """The requirements of these labs in the account, each with a remedy if it is missing."""
    needs = [lab.task.account for lab in labs]
    client = partial(session.client, region=session.region)
    zones = max((each.zones for each in needs), default=0)
    instances = max((each.instances for each in needs), default=0)
    with check_context(CheckContext(session.scope, READS)):
        points = [tried("service-linked role", lambda: role_point(client("iam")))]
        if zones:
            points.append(tried("default VPC", lambda: vpc_point(client("ec2"), zones)))
        if instances:
            vcpus = instances * VCPUS_OF_AN_INSTANCE
            quotas = client("service-quotas")
            points.append(tried("vCPU quota", lambda: quota_point(quotas, client("ec2"), vcpus)))
            points.append(tried("free plan", lambda: plan_of(session)))
    return points


def missing(lab: Lab, where: ConnectionOptions) -> list[Point]:
    """The unmet needs of a lab in an AWS account; empty in the sandbox, or if the account cannot be read."""
    try:
        with read_only_guard():
            session = open_session(where)
            session.identify()
            if session.fault() or session.endpoint or session.target().kind != "aws":
                return []
            return [point for point in account_points(session, [lab]) if not point.well]
    except UsageError:
        return []


def region_point(session: AwsSession) -> Point | None:
    """A point if the account must enable the Region first; None if it need not, or if that is unknown."""
    if isinstance(session.scope.keys, Exception):
        return None
    try:
        with check_context(CheckContext(session.scope, READS)):
            answer = session.client("ec2", PLAN_REGION).describe_regions(
                RegionNames=[session.region], AllRegions=True
            )
    except read_errors():  # another point says why
        return None
    if any(each.get("OptInStatus") == "not-opted-in" for each in answer["Regions"]):
        seen = f"{session.region} is not enabled in this account"
        return Point("Region", False, seen, "Enable it in the account settings, or use another Region.")
    return None


def plan_of(session: AwsSession) -> Point:
    """The plan of the account; EC2 decides at launch which instance types it allows."""
    answer = session.client("freetier", PLAN_REGION).get_account_plan_state()
    if answer["accountPlanType"] != "FREE":
        return Point("free plan", True, "the account is on a paid plan")
    return Point("free plan", True, "launch only eligible instance types, for example t3.micro and t3.small")


def tried(what: str, look: Callable[[], Point]) -> Point:
    """The result of one examination, or the refusal if a read was denied."""
    try:
        return look()
    except read_errors() as error:
        return Point(what, True, f"not checked: {reason(error, READS).text}")


def role_point(iam: Any) -> Point:
    """The service-linked role of ECS, which its first cluster creates."""
    what = "service-linked role"
    try:
        iam.get_role(RoleName=SERVICE_LINKED_ROLE)
    except iam.exceptions.NoSuchEntityException:
        return Point(what, True, ROLE_MISSING)
    return Point(what, True, SERVICE_LINKED_ROLE)


def vpc_point(ec2: Any, zones: int) -> Point:
    """The default VPC, with default subnets in enough Availability Zones."""
    what, do = "default VPC", "aws ec2 create-default-vpc, and create-default-subnet for each zone"
    found = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not found:
        return Point(what, False, "there is none in this Region", do)
    filters = [
        {"Name": "vpc-id", "Values": [found[0]["VpcId"]]},
        {"Name": "default-for-az", "Values": ["true"]},
    ]
    there = {each["AvailabilityZone"] for each in ec2.describe_subnets(Filters=filters)["Subnets"]}
    seen = f"{found[0]['VpcId']}, default subnets in {len(there)} zones"
    well = len(there) >= zones
    return Point(what, well, seen, "" if well else f"{zones} zones are needed: {do}")


def tried_types(ec2: Any, types: list[str]) -> dict[str, Any] | Point:
    """EC2's descriptions of these instance types, by name."""
    try:
        pages = ec2.get_paginator("describe_instance_types").paginate(
            Filters=[{"Name": "instance-type", "Values": types}]
        )
        return {each["InstanceType"]: each for page in pages for each in page["InstanceTypes"]}
    except read_errors() as error:
        return Point("instance types", True, f"not checked: {reason(error, READS).text}")


def quota_point(quotas: Any, ec2: Any, needed: int) -> Point:
    """The quota of On-Demand vCPUs, minus those in use."""
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


def plan_point(freetier: Any, kinds: dict[str, Any]) -> Point:
    """A point on the free plan, which allows only instance types that EC2 calls free-tier eligible."""
    if freetier.get_account_plan_state()["accountPlanType"] != "FREE":
        return Point("free plan", True, "the account is on a paid plan")
    paid = sorted(name for name, each in kinds.items() if not each.get("FreeTierEligible"))
    seen = (
        f"not for accounts on the free plan: {', '.join(paid)}" if paid else "all instance types are eligible"
    )
    do = "leave out the labs that use them, or upgrade the account" if paid else ""
    return Point("free plan", not paid, seen, do)
