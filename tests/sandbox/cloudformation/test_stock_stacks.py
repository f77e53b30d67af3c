"""Faults of moto's CloudFormation: when one of these tests fails, the sandbox's own may go."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]


def test_stock_moto_refuses_older_versions(stock: None, client: Client) -> None:
    iam = client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    document = {
        "Version": "2008-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(document))


def test_stock_moto_says_complete_of_what_it_did_not_make(stock: None, client: Client) -> None:
    api = client("cloudformation")
    rover = {"Resources": {"Rover": {"Type": "AWS::Mars::Rover"}}}
    with pytest.warns(UserWarning, match="not supported"):
        api.create_stack(StackName="web", TemplateBody=json.dumps(rover))
    assert api.describe_stacks(StackName="web")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
