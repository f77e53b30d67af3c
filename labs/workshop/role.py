"""The read-only role that learners deploy for the instructor, with an end date.

Deployed with CloudFormation; docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from labs.aws.policy import least_policy
from labs.errors import UsageError

NAME = "labs-check"
PRINCIPAL = re.compile(
    r"[0-9]{12}|arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|user/.+|role/.+|assumed-role/.+)"
)
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")


def role_template(
    reads: Iterable[str], principal: str, external_id: str, expires: datetime
) -> dict[str, Any]:
    """The CloudFormation template. Raises UsageError for a principal or an external id that IAM would refuse."""
    if not PRINCIPAL.fullmatch(principal):
        raise UsageError(
            f"{principal!r} is neither an account of twelve digits nor the ARN of a user or role"
        )
    if not EXTERNAL_ID.fullmatch(external_id):
        raise UsageError(f"{external_id!r} cannot be an external id: 2 to 1224 letters, digits and _+=,.@:/-")
    end = expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Lets a workshop's instructor check labs, read-only, until {end} (cardlabs)",
        "Resources": {"LabsCheckRole": _role(reads, principal, external_id, end)},
        "Outputs": {
            "RoleArn": {
                "Description": "What the instructor's roster needs as role_arn",
                "Value": {"Fn::GetAtt": ["LabsCheckRole", "Arn"]},
            },
            "ExternalId": {
                "Description": "What the instructor's roster needs as external_id",
                "Value": external_id,
            },
        },
    }


def _role(reads: Iterable[str], principal: str, external_id: str, end: str) -> dict[str, Any]:
    """The role resource. Trust policy and permissions both expire at `end`.

    Otherwise, credentials fetched just before the end would be valid for another hour.
    """
    until = {"DateLessThan": {"aws:CurrentTime": end}}
    policy = least_policy(reads)
    for statement in policy["Statement"]:
        statement["Condition"] = until
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": _principal(principal)},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}, **until},
            }
        ],
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": NAME,
            "Description": f"Reads what labs check, until {end}",
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": trust,
            "Policies": [{"PolicyName": "cardlabs-reads", "PolicyDocument": policy}],
        },
    }


def _principal(principal: str) -> str | dict[str, str]:
    """The principal of the trust policy; an account ID means the root of the account, which delegates to its IAM."""
    if principal.isdigit():
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{principal}:root"}
    return principal
