"""Templates of the AWS CDK come up, change and go again: its bootstrap stack and two apps.

The templates are the output of `cdk bootstrap --show-template` and `cdk synth` (aws-cdk 2.1148.1, aws-cdk-lib 2.276.0):
an ApplicationLoadBalancedFargateService with scaling, and a service on an AsgCapacityProvider.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfn_kit import Cloud

from labs.errors import Unsupported
from labs.sandbox.cloudformation.types import resource_type

TEMPLATES = Path(__file__).with_name("templates")
VERSION = "/cdk-bootstrap/hnb659fds/version"


def template(name: str, count: int = 2) -> str:
    document = json.loads((TEMPLATES / f"cdk-{name}.json").read_text())
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::ECS::Service":
            resource["Properties"]["DesiredCount"] = count
    return json.dumps(document)


def service(client: Callable[..., Any], cloud: Cloud) -> Any:
    resources = cloud.api.describe_stack_resources(StackName="app")["StackResources"]
    (arn,) = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::ECS::Service"]
    cluster = arn.split("/")[-2]
    return client("ecs").describe_services(cluster=cluster, services=[arn])["services"][0]


@pytest.mark.slow
def test_bootstrap_stack_keeps_what_it_is_told(cloud: Cloud, client: Callable[..., Any]) -> None:
    assert cloud.create(template("bootstrap"), "CDKToolkit") == "CREATE_COMPLETE", cloud.failures(
        "CDKToolkit"
    )
    bucket = cloud.outputs("CDKToolkit")["BucketName"]
    s3 = client("s3")
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    s3.put_object(Bucket=bucket, Key="template.json", Body=b"{}")
    assert client("ssm").get_parameter(Name=VERSION)["Parameter"]["Value"].isdigit()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fargate", "machines"])
def test_app_is_made_changed_and_deleted(cloud: Cloud, client: Callable[..., Any], name: str) -> None:
    client("ssm").put_parameter(Name=VERSION, Value="30", Type="String")
    assert cloud.create(template(name), "app") == "CREATE_COMPLETE", cloud.failures("app")
    assert service(client, cloud)["runningCount"] == 2
    assert cloud.update(template(name, 3), "app") == "UPDATE_COMPLETE", cloud.failures("app")
    assert service(client, cloud)["runningCount"] == 3
    assert cloud.delete("app") == "DELETE_COMPLETE"
    assert client("ecs").list_clusters()["clusterArns"] == []
    assert len(client("ec2").describe_vpcs()["Vpcs"]) == 1


@pytest.mark.parametrize("kind", ["Custom::VpcRestrictDefaultSG", "AWS::Lambda::Function"])
def test_refusal_of_custom_resources_names_the_flag(kind: str) -> None:
    with pytest.raises(Unsupported, match=f"{kind}: it runs no code.*restrictDefaultSecurityGroup"):
        resource_type(kind)
