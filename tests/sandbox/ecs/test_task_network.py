"""The network interfaces and addresses of tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecs_kit import FARGATE, define, join, network
from tasks_kit import run, seen


class TestNetwork:
    """Each task in awsvpc mode has its own network interface."""

    def test_on_fargate(self, ecs: Any, client: Callable[..., Any]) -> None:
        ecs.create_cluster(clusterName="prod")
        define(ecs, **FARGATE, ephemeralStorage={"sizeInGiB": 40})
        net = network(client)
        net["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED"
        answer = run(ecs, launchType="FARGATE", networkConfiguration=net)["tasks"][0]
        assert answer["lastStatus"] == "PROVISIONING"
        task = seen(ecs, answer)
        assert (task["launchType"], task["platformVersion"], task["platformFamily"]) == (
            "FARGATE",
            "1.4.0",
            "Linux",
        )
        assert (task["cpu"], task["memory"], task["ephemeralStorage"]) == ("256", "512", {"sizeInGiB": 40})
        assert "containerInstanceArn" not in task
        (attachment,) = task["attachments"]
        details = {each["name"]: each["value"] for each in attachment["details"]}
        assert attachment["type"] == "ElasticNetworkInterface"
        assert task["containers"][0]["networkInterfaces"] == [
            {"attachmentId": attachment["id"], "privateIpv4Address": details["privateIPv4Address"]}
        ]
        address = details["privateIPv4Address"].replace(".", "-")
        assert details["privateDnsName"] == f"ip-{address}.eu-west-1.compute.internal"
        assert task["containers"][0]["networkBindings"] == []
        (interface,) = client("ec2").describe_network_interfaces(
            NetworkInterfaceIds=[details["networkInterfaceId"]]
        )["NetworkInterfaces"]
        assert interface["AvailabilityZone"] == task["availabilityZone"]
        assert interface["SubnetId"] == details["subnetId"]
        assert [each["GroupId"] for each in interface["Groups"]] == net["awsvpcConfiguration"][
            "securityGroups"
        ]
        assert interface["Association"]["PublicIp"]

    def test_in_a_network_without_host_names_its_interface_has_none(
        self, ecs: Any, client: Callable[..., Any]
    ) -> None:
        """Drop this extension when moto gives every interface a private name, or says that there is none."""
        ecs.create_cluster(clusterName="prod")
        define(ecs, **FARGATE)
        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
        net = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}
        task = seen(ecs, run(ecs, launchType="FARGATE", networkConfiguration=net)["tasks"][0])
        (attachment,) = task["attachments"]
        names = {each["name"] for each in attachment["details"]}
        assert names == {"subnetId", "networkInterfaceId", "macAddress", "privateIPv4Address"}

    def test_it_goes_with_the_task(self, ecs: Any, client: Callable[..., Any]) -> None:
        ecs.create_cluster(clusterName="prod")
        define(ecs, **FARGATE)
        task = run(ecs, launchType="FARGATE", networkConfiguration=network(client))["tasks"][0]
        ecs.stop_task(cluster="prod", task=task["taskArn"])
        assert client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
        assert seen(ecs, task)["attachments"][0]["status"] == "DELETED"

    def test_without_security_groups_it_has_the_default_one(
        self, ecs: Any, client: Callable[..., Any]
    ) -> None:
        ecs.create_cluster(clusterName="prod")
        define(ecs, **FARGATE)
        net = network(client)
        del net["awsvpcConfiguration"]["securityGroups"]
        run(ecs, launchType="FARGATE", networkConfiguration=net)
        (interface,) = client("ec2").describe_network_interfaces()["NetworkInterfaces"]
        assert [each["GroupName"] for each in interface["Groups"]] == ["default"]

    def test_on_an_instance_it_is_in_the_instance_s_zone(self, prod: Any, client: Callable[..., Any]) -> None:
        define(prod, "vpc", networkMode="awsvpc")
        net = network(client, public=False)
        for task in run(prod, taskDefinition="vpc", networkConfiguration=net, count=4)["tasks"]:
            found = seen(prod, task)
            details = {each["name"]: each["value"] for each in found["attachments"][0]["details"]}
            (subnet,) = client("ec2").describe_subnets(SubnetIds=[details["subnetId"]])["Subnets"]
            assert subnet["AvailabilityZone"] == found["availabilityZone"]

    def test_instance_has_no_more_of_them_than_its_type(self, ecs: Any, client: Callable[..., Any]) -> None:
        """A t3.medium has three, of which one is its own."""
        ecs.create_cluster(clusterName="prod")
        join()
        define(ecs, "vpc", networkMode="awsvpc")
        asked = {"taskDefinition": "vpc", "networkConfiguration": network(client, public=False)}
        answer = run(ecs, **asked, count=3)
        assert len(answer["tasks"]) == 2
        assert [each["reason"] for each in answer["failures"]] == ["RESOURCE:ENI"]
        ecs.stop_task(cluster="prod", task=answer["tasks"][0]["taskArn"])
        assert run(ecs, **asked)["failures"] == []
