"""Tasks that cannot reach what they need do not start, in AWS's words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import CONTAINER, FARGATE

Client = Callable[..., Any]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
PULL = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
LOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/g", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "t"},
}
PRIVATE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"
NO_TASK_OUT = "There is a connection issue between the task and"


class World:
    """A cluster, and a network of the learner's own that leads nowhere."""

    def __init__(self, client: Client) -> None:
        self.ecs, self.ec2 = client("ecs"), client("ec2")
        self.ecs.create_cluster(clusterName="prod")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")["Subnet"]
        self.subnet = made["SubnetId"]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=self.table, SubnetId=self.subnet)
        self.group = self.new_group("tasks")

    def new_group(self, name: str) -> str:
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)
        return str(made["GroupId"])

    def open_group(self) -> str:
        """A group that admits HTTPS from the network."""
        group = self.new_group("endpoints")
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        return group

    def default_subnet(self) -> str:
        subnets = self.ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])
        return str(subnets["Subnets"][0]["SubnetId"])

    def route(self, **way: str) -> None:
        self.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", **way)

    def gateway(self) -> str:
        gateway = str(self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        return gateway

    def endpoint(self, service: str, *, group: str | None = None) -> None:
        gateway = service == "s3"
        where = (
            {"VpcEndpointType": "Gateway", "RouteTableIds": [self.table]}
            if gateway
            else {"VpcEndpointType": "Interface", "SubnetIds": [self.subnet]}
        )
        if group:
            where["SecurityGroupIds"] = [group]
        name = f"com.amazonaws.eu-west-1.{service}"
        self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=name, **where)

    def run(
        self, *, subnet: str | None = None, public: bool = False, groups: Any = None, **container: Any
    ) -> Any:
        """The task, after it has started or not; `container` changes its one container."""
        more = {"executionRoleArn": "execution"} if container else {}
        containers = [{**CONTAINER, **container}]
        self.ecs.register_task_definition(family="web", containerDefinitions=containers, **FARGATE, **more)
        vpc = {"subnets": [subnet or self.subnet], "assignPublicIp": "ENABLED" if public else "DISABLED"}
        if groups or not subnet:
            vpc["securityGroups"] = groups or [self.group]
        task = self.ecs.run_task(
            cluster="prod",
            taskDefinition="web",
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": vpc},
        )["tasks"][0]
        return self.ecs.describe_tasks(cluster="prod", tasks=[task["taskArn"]])["tasks"][0]


def reason(task: dict[str, Any]) -> str:
    """Why the task stopped; nothing where it runs."""
    return str(task.get("stoppedReason", ""))


@pytest.fixture
def world(aws: None, client: Client) -> World:
    iam = client("iam")
    iam.create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="execution", PolicyArn=PULL)
    client("logs").create_log_group(logGroupName="/g")
    return World(client)


@pytest.fixture
def app(world: World, client: Client) -> World:
    """The same, with an image in the private registry."""
    ecr, config = client("ecr"), b"{}"
    ecr.create_repository(repositoryName="app")
    upload = {
        "repositoryName": "app",
        "uploadId": ecr.initiate_layer_upload(repositoryName="app")["uploadId"],
    }
    ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=1, layerPartBlob=config)
    digest = "sha256:" + hashlib.sha256(config).hexdigest()
    ecr.complete_layer_upload(**upload, layerDigests=[digest])
    manifest = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": digest},
        "layers": [{"digest": digest}],
    }
    ecr.put_image(repositoryName="app", imageTag="1", imageManifest=json.dumps(manifest))
    return world


class TestPublicImages:
    def test_the_default_vpc_leads_out_with_a_public_address(self, world: World) -> None:
        assert world.run(subnet=world.default_subnet(), public=True)["lastStatus"] == "RUNNING"

    def test_without_a_public_address_it_does_not(self, world: World) -> None:
        task = world.run(subnet=world.default_subnet())
        assert task["lastStatus"] == "STOPPED"
        assert task["stopCode"] == "TaskFailedToStart"
        assert reason(task).startswith(
            "CannotPullContainerError: The task cannot pull registry-1.docker.io/library/nginx from the registry"
        )
        assert NO_TASK_OUT in task["containers"][0]["reason"]

    def test_a_subnet_whose_table_leads_nowhere_keeps_it_in(self, world: World) -> None:
        assert "Check your task network configuration" in reason(world.run(public=True))
        world.route(GatewayId=world.gateway())
        assert not reason(world.run(public=True))
        assert reason(world.run(public=False))

    def test_a_nat_gateway_leads_out_without_a_public_address(self, world: World) -> None:
        address = world.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = world.ec2.create_nat_gateway(SubnetId=world.subnet, AllocationId=address)["NatGateway"]
        world.route(NatGatewayId=made["NatGatewayId"])
        assert not reason(world.run())

    def test_a_group_without_a_rule_out_keeps_it_in(self, world: World) -> None:
        world.route(GatewayId=world.gateway())
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        world.ec2.revoke_security_group_egress(GroupId=world.group, IpPermissions=everything)
        assert reason(world.run(public=True))

    def test_endpoints_lead_to_no_public_registry(self, world: World) -> None:
        group = world.open_group()
        for service in ("ecr.api", "ecr.dkr", "s3", "logs"):
            world.endpoint(service, group=None if service == "s3" else group)
        assert reason(world.run())


class TestPrivateImages:
    def test_the_endpoints_that_aws_asks_for_are_needed_one_after_the_other(self, app: World) -> None:
        group = app.open_group()
        container = {"image": PRIVATE, "logConfiguration": LOGS}
        assert reason(app.run(**container)).startswith(
            "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth"
        )
        app.endpoint("ecr.api", group=group)
        assert f"The task cannot pull {PRIVATE} from the registry" in reason(app.run(**container))
        app.endpoint("ecr.dkr", group=group)
        assert f"The task cannot pull {PRIVATE} from the registry" in reason(app.run(**container))
        app.endpoint("s3")
        assert reason(app.run(**container)).startswith(
            "ResourceInitializationError: failed to validate logger args"
        )
        app.endpoint("logs", group=group)
        assert not reason(app.run(**container))

    def test_an_endpoint_whose_group_is_closed_does_not_help(self, app: World) -> None:
        app.endpoint("ecr.api", group=app.new_group("closed"))
        assert "GetAuthorizationToken" in reason(app.run(image=PRIVATE))

    @pytest.mark.parametrize(
        ("secret", "told"),
        [
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-AbCdEf", "AWS Secrets Manager"),
            ("arn:aws:ssm:eu-west-1:123456789012:parameter/s", "AWS Systems Manager Parameter Store"),
        ],
    )
    def test_secrets_need_a_way_too_and_come_first(self, app: World, secret: str, told: str) -> None:
        task = app.run(image=PRIVATE, secrets=[{"name": "S", "valueFrom": secret}])
        assert f"connection issue between the task and {told}" in reason(task)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("image", "runs"),
    [
        ("nginx:doesnotexist", False),
        ("public.ecr.aws/docker/library/nginx:1.27-alpine3.21-slim", True),
        ("docker.io/library/redis:8.2.1-bookworm", True),
        ("amazonlinux:2023.9.20250929.0", True),
        ("httpd:2.4-typo", False),
        ("somebody/nginx:doesnotexist", True),
        ("ghcr.io/somebody/app:anything", True),
        ("busybox", True),
    ],
)
def test_the_best_known_images_have_the_tags_that_they_have(world: World, image: str, runs: bool) -> None:
    task = world.run(subnet=world.default_subnet(), public=True, image=image)
    assert bool(reason(task)) is not runs
    if not runs:
        assert f"failed to resolve ref docker.io/library/{image}" in reason(task)


def test_stock_motos_default_vpc_has_no_way_out(stock: None, client: Client) -> None:
    gateways = client("ec2").describe_internet_gateways()["InternetGateways"]
    assert not gateways, "moto's default VPC has a gateway: drop this extension"
