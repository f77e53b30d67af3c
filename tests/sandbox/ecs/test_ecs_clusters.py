"""Clusters and capacity providers of the embedded ECS, and what other parts of moto see of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import ACCOUNT, FARGATE, define, join, network, scaling_group, service


def cluster(ecs: Any, name: str = "prod", *include: str) -> dict[str, Any]:
    found: dict[str, Any] = ecs.describe_clusters(clusters=[name], include=list(include))["clusters"][0]
    return found


def test_counts_follow_from_what_is_in_the_cluster(ecs: Any) -> None:
    ecs.create_cluster(clusterName="prod")
    join(2)
    define(ecs)
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=3)
    ecs.run_task(cluster="prod", taskDefinition="web")
    found = cluster(ecs, "prod", "STATISTICS")
    assert found["registeredContainerInstancesCount"] == 2
    assert (found["runningTasksCount"], found["pendingTasksCount"], found["activeServicesCount"]) == (4, 0, 1)
    statistics = {each["name"]: each["value"] for each in found["statistics"]}
    assert (statistics["runningEC2TasksCount"], statistics["activeFargateServiceCount"]) == ("4", "0")


def test_creating_a_cluster_again_changes_nothing(ecs: Any) -> None:
    ecs.create_cluster(clusterName="prod", tags=[{"key": "a", "value": "b"}])
    join(1)
    again = ecs.create_cluster(clusterName="prod")["cluster"]
    assert (again["registeredContainerInstancesCount"], again["tags"]) == (1, [{"key": "a", "value": "b"}])


def test_a_deleted_cluster_is_inactive_and_comes_back_empty(ecs: Any, refused: Callable[..., str]) -> None:
    ecs.create_cluster(clusterName="prod", tags=[{"key": "a", "value": "b"}])
    assert ecs.delete_cluster(cluster="prod")["cluster"]["status"] == "INACTIVE"
    assert cluster(ecs)["status"] == "INACTIVE"
    assert ecs.list_clusters()["clusterArns"] == []
    message = refused(ecs.list_tasks, cluster="prod")
    assert message == "ClusterNotFoundException: The referenced cluster was inactive."
    ecs.create_cluster(clusterName="prod")
    assert (cluster(ecs, "prod", "TAGS")["status"], cluster(ecs, "prod", "TAGS")["tags"]) == ("ACTIVE", [])


def test_a_cluster_that_is_not_empty_is_kept(
    ecs: Any, client: Callable[..., Any], refused: Callable[..., str]
) -> None:
    ecs.create_cluster(clusterName="prod")
    join(1)
    define(ecs)
    define(ecs, "far", **FARGATE)
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1)
    far = {"taskDefinition": "far", "launchType": "FARGATE", "networkConfiguration": network(client)}
    task = ecs.run_task(cluster="prod", **far)["tasks"][0]["taskArn"]
    assert refused(ecs.delete_cluster, cluster="prod").startswith("ClusterContainsServicesException: ")
    ecs.delete_service(cluster="prod", service="web", force=True)
    assert refused(ecs.delete_cluster, cluster="prod").startswith(
        "ClusterContainsContainerInstancesException: "
    )
    (instance,) = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    ecs.deregister_container_instance(cluster="prod", containerInstance=instance)
    assert refused(ecs.delete_cluster, cluster="prod").startswith("ClusterContainsTasksException: ")
    ecs.stop_task(cluster="prod", task=task)
    assert ecs.delete_cluster(cluster="prod")["cluster"]["status"] == "INACTIVE"


def test_without_a_name_the_cluster_is_called_default(ecs: Any) -> None:
    ecs.create_cluster()
    assert ecs.describe_clusters()["clusters"][0]["clusterName"] == "default"
    assert ecs.list_services()["serviceArns"] == []


def test_an_unknown_cluster_is_a_failure(ecs: Any) -> None:
    answer = ecs.describe_clusters(clusters=["none"])
    arn = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/none"
    assert (answer["clusters"], answer["failures"]) == ([], [{"arn": arn, "reason": "MISSING"}])


def test_a_cluster_of_another_region_is_not_found_by_its_arn(ecs: Any) -> None:
    ecs.create_cluster(clusterName="prod")
    answer = ecs.describe_clusters(clusters=[f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod"])
    assert answer["clusters"] == []


def test_clusters_are_listed_in_pages(ecs: Any) -> None:
    for number in range(5):
        ecs.create_cluster(clusterName=f"c{number}")
    pages = list(ecs.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["clusterArns"]) for page in pages] == [2, 2, 1]


def test_settings_and_tags_are_told_where_they_are_asked_for(ecs: Any) -> None:
    ecs.create_cluster(clusterName="prod", tags=[{"key": "a", "value": "b"}])
    ecs.update_cluster_settings(cluster="prod", settings=[{"name": "containerInsights", "value": "enabled"}])
    assert (cluster(ecs)["settings"], cluster(ecs)["tags"]) == ([], [])
    full = cluster(ecs, "prod", "SETTINGS", "TAGS")
    assert full["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert full["tags"] == [{"key": "a", "value": "b"}]


def test_fargate_s_capacity_providers_are_in_every_account(ecs: Any) -> None:
    answer = ecs.describe_capacity_providers(capacityProviders=["FARGATE", "FARGATE_SPOT", "none"])
    assert [(each["name"], each["type"]) for each in answer["capacityProviders"]] == [
        ("FARGATE", "FARGATE"),
        ("FARGATE_SPOT", "FARGATE_SPOT"),
    ]
    assert answer["failures"][0]["reason"] == "MISSING"


class TestScalingGroups:
    @pytest.fixture
    def fleet(self, ecs: Any, client: Callable[..., Any]) -> Any:
        provider = {
            "autoScalingGroupArn": scaling_group(client),
            "managedScaling": {"status": "ENABLED", "targetCapacity": 80},
            "managedTerminationProtection": "ENABLED",
        }
        ecs.create_capacity_provider(name="fleet", autoScalingGroupProvider=provider)
        return ecs

    def test_what_is_not_given_has_the_defaults_of_aws(self, fleet: Any) -> None:
        (found,) = fleet.describe_capacity_providers(capacityProviders=["fleet"])["capacityProviders"]
        assert found["status"] == "ACTIVE"
        assert found["autoScalingGroupProvider"]["managedScaling"] == {
            "status": "ENABLED",
            "targetCapacity": 80,
            "minimumScalingStepSize": 1,
            "maximumScalingStepSize": 10000,
            "instanceWarmupPeriod": 300,
        }
        assert found["autoScalingGroupProvider"]["managedTerminationProtection"] == "ENABLED"
        assert found["autoScalingGroupProvider"]["managedDraining"] == "ENABLED"

    def test_the_group_gets_ecs_s_tag(self, fleet: Any, client: Callable[..., Any]) -> None:
        (group,) = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        assert [(tag["Key"], tag["PropagateAtLaunch"]) for tag in group["Tags"]] == [
            ("AmazonECSManaged", True)
        ]

    def test_a_tag_of_the_groups_own_stays(self, fleet: Any, client: Callable[..., Any]) -> None:
        """Terraform gives the tag a value, and would change it back for ever."""
        autoscaling = client("autoscaling")
        (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        named = {"ResourceId": group["AutoScalingGroupName"], "ResourceType": "auto-scaling-group"}
        tag = {"Key": "AmazonECSManaged", "Value": "true", "PropagateAtLaunch": True}
        autoscaling.create_or_update_tags(Tags=[{**named, **tag}])
        provider = {"autoScalingGroupArn": group["AutoScalingGroupARN"]}
        fleet.delete_capacity_provider(capacityProvider="fleet")
        fleet.create_capacity_provider(name="other", autoScalingGroupProvider=provider)
        (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        assert [each["Value"] for each in group["Tags"]] == ["true"]

    def test_an_update_keeps_the_rest(self, fleet: Any) -> None:
        fleet.update_capacity_provider(
            name="fleet", autoScalingGroupProvider={"managedScaling": {"targetCapacity": 50}}
        )
        (found,) = fleet.describe_capacity_providers(capacityProviders=["fleet"])["capacityProviders"]
        scaling = found["autoScalingGroupProvider"]["managedScaling"]
        assert (scaling["targetCapacity"], scaling["status"]) == (50, "ENABLED")

    def test_one_that_a_cluster_has_is_not_deleted(self, fleet: Any, refused: Callable[..., str]) -> None:
        fleet.create_cluster(clusterName="prod", capacityProviders=["fleet"])
        assert refused(fleet.delete_capacity_provider, capacityProvider="fleet").startswith(
            "ClientException: "
        )
        fleet.put_cluster_capacity_providers(
            cluster="prod", capacityProviders=[], defaultCapacityProviderStrategy=[]
        )
        fleet.delete_capacity_provider(capacityProvider="fleet")
        assert fleet.describe_capacity_providers(capacityProviders=["fleet"])["capacityProviders"] == []

    def test_a_script_can_wait_for_the_association(self, fleet: Any) -> None:
        fleet.create_cluster(clusterName="prod")
        assert "attachmentsStatus" not in cluster(fleet, "prod", "ATTACHMENTS")
        fleet.put_cluster_capacity_providers(
            cluster="prod", capacityProviders=["fleet"], defaultCapacityProviderStrategy=[]
        )
        assert cluster(fleet, "prod", "ATTACHMENTS")["attachmentsStatus"] == "UPDATE_COMPLETE"
        assert "attachmentsStatus" not in cluster(fleet)

    def test_one_that_a_service_uses_stays_with_the_cluster(
        self, fleet: Any, refused: Callable[..., str]
    ) -> None:
        fleet.create_cluster(clusterName="prod", capacityProviders=["fleet"])
        define(fleet)
        fleet.create_service(
            cluster="prod", serviceName="web", taskDefinition="web", desiredCount=0,
            capacityProviderStrategy=[{"capacityProvider": "fleet", "weight": 1}],
        )  # fmt: skip
        message = refused(
            fleet.put_cluster_capacity_providers,
            cluster="prod", capacityProviders=[], defaultCapacityProviderStrategy=[],
        )  # fmt: skip
        assert (
            message
            == "ResourceInUseException: The specified capacity provider is in use and cannot be removed."
        )

    def test_the_name_and_the_group_are_taken(
        self, fleet: Any, client: Callable[..., Any], refused: Callable[..., str]
    ) -> None:
        (group,) = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        provider = {"autoScalingGroupArn": group["AutoScalingGroupARN"]}
        again = refused(fleet.create_capacity_provider, name="fleet", autoScalingGroupProvider=provider)
        assert again.startswith("ClientException: The specified capacity provider already exists.")
        other = refused(fleet.create_capacity_provider, name="other", autoScalingGroupProvider=provider)
        assert other.startswith("ClientException: ")

    def test_fargate_s_cannot_be_deleted(self, ecs: Any, refused: Callable[..., str]) -> None:
        message = refused(ecs.delete_capacity_provider, capacityProvider="FARGATE")
        assert message.startswith("InvalidParameterException: ")


class TestOtherPartsOfMoto:
    """Code that looks into moto's ECS from outside finds the sandbox's."""

    @pytest.fixture
    def web(self, ecs: Any) -> Any:
        ecs.create_cluster(clusterName="prod")
        join(1)
        define(ecs)
        ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1)
        return ecs

    def test_tags_of_a_service(self, web: Any) -> None:
        arn = service(web)["serviceArn"]
        web.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
        web.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert (
            web.list_tags_for_resource(resourceArn=arn)["tags"]
            == service(web)["tags"]
            == [{"key": "b", "value": "2"}]
        )

    def test_tags_of_nothing_are_refused(self, web: Any, refused: Callable[..., str]) -> None:
        arn = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/prod/none"
        assert refused(web.list_tags_for_resource, resourceArn=arn).startswith("InvalidParameterException: ")

    def test_the_tagging_api(self, web: Any, client: Callable[..., Any]) -> None:
        arn = service(web)["serviceArn"]
        web.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}])
        found = client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["ecs:service"])
        assert found["ResourceTagMappingList"] == [{"ResourceARN": arn, "Tags": [{"Key": "a", "Value": "1"}]}]

    def test_application_auto_scaling_knows_the_service(
        self, web: Any, client: Callable[..., Any], refused: Callable[..., str]
    ) -> None:
        target = {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 1,
            "MaxCapacity": 4,
        }
        scaling = client("application-autoscaling")
        scaling.register_scalable_target(ResourceId="service/prod/web", **target)
        assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        assert refused(scaling.register_scalable_target, ResourceId="service/prod/none", **target)

    def test_cloudformation_makes_a_service_of_a_template_with_numbers_as_text(
        self, ecs: Any, client: Callable[..., Any]
    ) -> None:
        template = {
            "Resources": {
                "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "stack"}},
                "Definition": {
                    "Type": "AWS::ECS::TaskDefinition",
                    "Properties": {
                        "Family": "web",
                        "ContainerDefinitions": [
                            {"Name": "web", "Image": "nginx", "Memory": "64", "Essential": "true"}
                        ],
                    },
                },
                "Service": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "ServiceName": "web",
                        "Cluster": {"Ref": "Cluster"},
                        "TaskDefinition": {"Ref": "Definition"},
                        "DesiredCount": "2",
                    },
                },
            }
        }
        stacks = client("cloudformation")
        stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
        found = ecs.describe_services(cluster="stack", services=["web"])["services"][0]
        assert (found["desiredCount"], found["taskDefinition"].rpartition("/")[2]) == (2, "web:1")

    def test_a_reset_empties_everything(self, web: Any) -> None:
        from moto.ecs.models import ecs_backends

        ecs_backends[ACCOUNT]["eu-west-1"].reset()
        assert web.list_clusters()["clusterArns"] == []
        assert web.describe_capacity_providers()["capacityProviders"]
