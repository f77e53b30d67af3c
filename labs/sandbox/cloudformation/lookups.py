"""Values that templates read from the account: zones, Systems Manager parameters, names of the stack."""

from __future__ import annotations

from typing import Any

from labs.errors import ResourceFailed
from labs.sandbox.cloudformation.errors import TemplateError
from labs.sandbox.cloudformation.requests import Api
from labs.sandbox.cloudformation.stacks import Stack, Stacks


def pseudo_parameters(stacks: Stacks, stack: Stack) -> dict[str, Any]:
    """The pseudo parameters except AWS::NoValue."""
    partition = "aws-cn" if stacks.region.startswith("cn-") else "aws"
    return {
        "AWS::AccountId": stacks.account,
        "AWS::Region": stacks.region,
        "AWS::StackName": stack.name,
        "AWS::StackId": stack.id,
        "AWS::Partition": partition,
        "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        "AWS::NotificationARNs": stack.notification_arns,
    }


def zones(api: Api, region: str) -> list[str]:
    """The Availability Zones with a default subnet, or all if there is none."""
    there = Api(api.access_key, api.account, region, api.enforced)
    wanted = [{"Name": "default-for-az", "Values": ["true"]}]
    subnets = there("ec2", "DescribeSubnets", {"Filters": wanted})["Subnets"]
    if subnets:
        return sorted({subnet["AvailabilityZone"] for subnet in subnets})
    return [each["ZoneName"] for each in there("ec2", "DescribeAvailabilityZones", {})["AvailabilityZones"]]


def ssm_value(api: Api, name: str) -> str:
    """The value of a parameter of Systems Manager. Raises TemplateError if there is none."""
    try:
        return str(api("ssm", "GetParameter", {"Name": name})["Parameter"]["Value"])
    except ResourceFailed as error:
        raise TemplateError(
            f"Unable to fetch parameters [{name}] from parameter store for this account."
        ) from error
