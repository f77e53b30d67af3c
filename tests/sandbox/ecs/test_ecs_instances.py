"""Container instances and their attributes in the embedded ECS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import define, image, join, scaling_group, state


@pytest.fixture
def prod(ecs: Any) -> Any:
    ecs.create_cluster(clusterName="prod")
    return ecs


def listed(ecs: Any, **which: Any) -> list[str]:
    return list(ecs.list_container_instances(cluster="prod", **which)["containerInstanceArns"])


def described(ecs: Any, *arns: str) -> list[dict[str, Any]]:
    answer = ecs.describe_container_instances(cluster="prod", containerInstances=list(arns), include=["TAGS"])
    return list(answer["containerInstances"])


def resources(instance: dict[str, Any], which: str) -> dict[str, Any]:
    return {
        each["name"]: each["stringSetValue"] if each["type"] == "STRINGSET" else each["integerValue"]
        for each in instance[f"{which}Resources"]
    }


def test_an_instance_has_the_size_of_its_agent_s_report(prod: Any) -> None:
    (arn,) = join(1, cpu=4096, memory=7680)
    (found,) = described(prod, arn)
    assert resources(found, "registered") == {
        "CPU": 4096,
        "MEMORY": 7680,
        "PORTS": ["22", "2376", "2375", "51678", "51679"],
        "PORTS_UDP": [],
    }
    assert found["remainingResources"] == found["registeredResources"]
    assert (found["status"], found["agentConnected"], found["runningTasksCount"]) == ("ACTIVE", True, 0)


def test_a_static_port_is_taken_and_given_back(prod: Any) -> None:
    (arn,) = join(1)
    mappings = [
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "hostPort": 53, "protocol": "udp"},
    ]
    define(prod, container={"portMappings": mappings})
    task = prod.run_task(cluster="prod", taskDefinition="web")["tasks"][0]["taskArn"]
    left = resources(described(prod, arn)[0], "remaining")
    assert left["PORTS"][-1] == "8080"
    assert left["PORTS_UDP"] == ["53"]
    prod.stop_task(cluster="prod", task=task)
    assert resources(described(prod, arn)[0], "remaining") == resources(described(prod, arn)[0], "registered")


def test_attributes_are_those_of_the_machine_and_its_agent(prod: Any) -> None:
    (arn,) = join(1)
    attributes = {each["name"]: each.get("value") for each in described(prod, arn)[0]["attributes"]}
    assert attributes["ecs.availability-zone"] == "eu-west-1a"
    assert attributes["ecs.instance-type"] == "t3.medium"
    assert attributes["ecs.ami-id"] == "ami-0123456789abcdef0"
    assert attributes["ecs.os-type"] == "linux"
    assert attributes["com.amazonaws.ecs.capability.task-iam-role"] is None


@pytest.mark.parametrize(
    ("kind", "architecture"),
    [
        ("t3.micro", "x86_64"),
        ("t4g.micro", "arm64"),
        ("m6gd.large", "arm64"),
        ("g5.xlarge", "x86_64"),
        ("im4gn.large", "arm64"),
    ],
)
def test_the_architecture_follows_from_the_type(prod: Any, kind: str, architecture: str) -> None:
    (arn,) = join(1, kind=kind)
    attributes = {each["name"]: each.get("value") for each in described(prod, arn)[0]["attributes"]}
    assert attributes["ecs.cpu-architecture"] == architecture


def test_an_instance_can_be_registered_by_hand_once(prod: Any, client: Callable[..., Any]) -> None:
    """The sandbox takes the size from the instance type; a second registration is the first."""
    ec2 = client("ec2")
    instance = ec2.run_instances(ImageId=image(client), InstanceType="m5.large", MinCount=1, MaxCount=1)[
        "Instances"
    ][0]
    document = json.dumps({"instanceId": instance["InstanceId"]})
    first = prod.register_container_instance(cluster="prod", instanceIdentityDocument=document)[
        "containerInstance"
    ]
    again = prod.register_container_instance(cluster="prod", instanceIdentityDocument=document)[
        "containerInstance"
    ]
    assert first["containerInstanceArn"] == again["containerInstanceArn"]
    assert first["ec2InstanceId"] == instance["InstanceId"]
    assert resources(first, "registered")["CPU"] == 2048
    attributes = {each["name"]: each.get("value") for each in first["attributes"]}
    assert attributes["ecs.subnet-id"] == instance["SubnetId"]
    assert attributes["ecs.vpc-id"] == instance["VpcId"]
    assert attributes["ecs.instance-type"] == "m5.large"


def test_an_unknown_machine_cannot_be_registered(prod: Any, refused: Callable[..., str]) -> None:
    document = json.dumps({"instanceId": "i-0123456789abcdef0"})
    message = refused(prod.register_container_instance, cluster="prod", instanceIdentityDocument=document)
    assert message.startswith("ClientException: ")


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("attribute:ecs.availability-zone == eu-west-1a", 2),
        ("attribute:ecs.instance-type =~ t3.*", 4),
        ("attribute:stack exists", 1),
        ("attribute:stack == prod and attribute:ecs.availability-zone == eu-west-1a", 1),
        ("ec2InstanceId == i-00000000000000001", 1),
        ("runningTasksCount == 0", 4),
        ("agentConnected == false", 0),
    ],
)
def test_instances_are_listed_by_query(prod: Any, expression: str, count: int) -> None:
    arns = join(4)
    prod.put_attributes(cluster="prod", attributes=[{"name": "stack", "value": "prod", "targetId": arns[0]}])
    assert len(listed(prod, filter=expression)) == count


def test_instances_are_listed_by_status_and_page(prod: Any) -> None:
    arns = join(5)
    prod.update_container_instances_state(cluster="prod", containerInstances=arns[:2], status="DRAINING")
    assert listed(prod, status="DRAINING") == arns[:2]
    assert listed(prod) == arns
    page = prod.list_container_instances(cluster="prod", maxResults=4)
    assert listed(prod, nextToken=page["nextToken"]) == arns[4:]


def test_a_cluster_without_instances_answers_with_failures(prod: Any) -> None:
    answer = prod.describe_container_instances(cluster="prod", containerInstances=["none"])
    arn = "arn:aws:ecs:eu-west-1:123456789012:container-instance/prod/none"
    assert (answer["containerInstances"], answer["failures"]) == ([], [{"arn": arn, "reason": "MISSING"}])


def test_an_instance_with_tasks_goes_only_by_force(prod: Any, refused: Callable[..., str]) -> None:
    (arn,) = join(1)
    define(prod)
    task = prod.run_task(cluster="prod", taskDefinition="web")["tasks"][0]["taskArn"]
    message = refused(prod.deregister_container_instance, cluster="prod", containerInstance=arn)
    assert message == "InvalidParameterException: Found running tasks on the instance."
    gone = prod.deregister_container_instance(cluster="prod", containerInstance=arn, force=True)[
        "containerInstance"
    ]
    assert gone["status"] == "INACTIVE"
    assert listed(prod) == []
    assert prod.describe_tasks(cluster="prod", tasks=[task])["tasks"][0]["lastStatus"] == "STOPPED"


def test_only_active_and_draining_can_be_asked_for(prod: Any, refused: Callable[..., str]) -> None:
    arns = join(1)
    message = refused(
        prod.update_container_instances_state, cluster="prod", containerInstances=arns, status="INACTIVE"
    )
    assert message.startswith("InvalidParameterException: ")


def test_an_instance_of_a_provider_s_group_names_the_provider(prod: Any, client: Callable[..., Any]) -> None:
    from labs.sandbox.ecs.api.instances import register

    group = scaling_group(client, size=1)
    prod.create_capacity_provider(name="fleet", autoScalingGroupProvider={"autoScalingGroupArn": group})
    prod.put_cluster_capacity_providers(
        cluster="prod", capacityProviders=["fleet"], defaultCapacityProviderStrategy=[]
    )
    machine = client("autoscaling").describe_auto_scaling_instances()["AutoScalingInstances"][0]["InstanceId"]
    arn = register(
        state(), cluster="prod", instance_id=machine, cpu=2048, memory=1024, zone="eu-west-1a",
        instance_type="t3.micro", ami="ami-1", attributes={},
    )  # fmt: skip
    (other,) = join(1)
    assert [each.get("capacityProviderName") for each in described(prod, arn, other)] == ["fleet", None]
    define(prod)
    prod.create_service(
        cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2,
        capacityProviderStrategy=[{"capacityProvider": "fleet", "weight": 1}],
    )  # fmt: skip
    assert len(prod.list_tasks(cluster="prod", containerInstance=arn)["taskArns"]) == 2


class TestAttributes:
    @pytest.fixture
    def pair(self, prod: Any) -> list[str]:
        return join(2)

    def put(self, ecs: Any, target: str, **attribute: Any) -> Any:
        return ecs.put_attributes(
            cluster="prod", attributes=[{"targetType": "container-instance", "targetId": target, **attribute}]
        )

    def test_they_are_put_listed_and_deleted(self, prod: Any, pair: list[str]) -> None:
        self.put(prod, pair[0], name="stack", value="prod")
        self.put(prod, pair[1].rpartition("/")[2], name="stack", value="test")
        found = prod.list_attributes(cluster="prod", targetType="container-instance", attributeName="stack")[
            "attributes"
        ]
        assert [(each["targetId"], each["value"]) for each in found] == [(pair[0], "prod"), (pair[1], "test")]
        some = {"cluster": "prod", "targetType": "container-instance", "attributeName": "stack"}
        assert len(prod.list_attributes(**some, attributeValue="prod")["attributes"]) == 1
        prod.delete_attributes(cluster="prod", attributes=[{"name": "stack", "targetId": pair[0]}])
        assert len(prod.list_attributes(**some)["attributes"]) == 1

    def test_lists_are_paged(self, prod: Any, pair: list[str]) -> None:
        pages = prod.get_paginator("list_attributes").paginate(
            cluster="prod", targetType="container-instance", PaginationConfig={"PageSize": 30}
        )
        sizes = [len(page["attributes"]) for page in pages]
        assert sizes[:3] == [30, 30, 30]
        assert sum(sizes) == sum(len(each["attributes"]) for each in described(prod, *pair))

    @pytest.mark.parametrize(
        ("attribute", "code"),
        [
            ({"name": "stack", "targetId": "none"}, "TargetNotFoundException"),
            ({"name": "my stack"}, "InvalidParameterException"),
            ({"name": "ecs.instance-type", "value": "m5.large"}, "InvalidParameterException"),
            ({"name": "stack", "value": " prod"}, "InvalidParameterException"),
            ({"name": "stack", "targetType": "task"}, "InvalidParameterException"),
        ],
        ids=["no target", "a space", "reserved", "a blank first", "another target"],
    )
    def test_bad_ones_are_refused_and_nothing_is_set(
        self, prod: Any, pair: list[str], refused: Callable[..., str], attribute: Any, code: str
    ) -> None:
        good = {"name": "good", "targetId": pair[0]}
        message = refused(
            prod.put_attributes, cluster="prod", attributes=[good, {"targetId": pair[1], **attribute}]
        )
        assert message.startswith(f"{code}: ")
        assert listed(prod, filter="attribute:good exists") == []
