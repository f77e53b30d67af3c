"""The EC2 of the tests, with two instance profiles."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ec2_kit import AMI, USER_DATA, Client, profiles


@pytest.fixture
def ec2(aws: None, client: Client) -> Any:
    profiles(client)
    return client("ec2")


@pytest.fixture
def template(ec2: Any) -> str:
    """Two versions: the default one is t3.small with profile one, the latest t3.large with profile two."""
    group = ec2.create_security_group(GroupName="template", Description="x")["GroupId"]
    data: dict[str, Any] = {
        "ImageId": AMI,
        "InstanceType": "t3.small",
        "UserData": base64.b64encode(USER_DATA.encode()).decode(),
        "IamInstanceProfile": {"Name": "one"},
        "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [group], "AssociatePublicIpAddress": True}],
        "Placement": {"AvailabilityZone": "eu-west-1c"},
        "TagSpecifications": [
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "from-template"}]}
        ],
    }
    ec2.create_launch_template(LaunchTemplateName="labs", LaunchTemplateData=data)
    data |= {"InstanceType": "t3.large", "IamInstanceProfile": {"Name": "two"}}
    ec2.create_launch_template_version(LaunchTemplateName="labs", LaunchTemplateData=data)
    return str(group)
