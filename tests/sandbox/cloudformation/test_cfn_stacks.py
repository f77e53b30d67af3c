"""Stacks: made in order, changed in place or replaced, rolled back, deleted, exported, proposed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from cfn_kit import CAPABILITIES, Cloud

from labs.sandbox.world import settling

CLUSTER = """\
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
    Properties: {ClusterName: %s, ClusterSettings: [{Name: containerInsights, Value: %s}]}
"""


def cluster(name: str = "labs", insights: str = "enabled") -> str:
    return CLUSTER % (name, insights)


def test_stack_makes_what_its_template_says(cloud: Cloud, client: Callable[..., Any]) -> None:
    assert cloud.create(cluster()) == "CREATE_COMPLETE"
    (made,) = client("ecs").describe_clusters(clusters=["labs"], include=["SETTINGS"])["clusters"]
    assert made["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert cloud.id_of("Cluster") == "labs"
    assert not {"Outputs", "Parameters"} & cloud.stack().keys()


def test_name_is_made_of_stack_and_resource(cloud: Cloud) -> None:
    cloud.create("Resources: {MyCluster: {Type: AWS::ECS::Cluster}}")
    assert cloud.id_of("MyCluster").startswith("web-MyCluster-")


def test_change_is_made_in_place(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create(cluster())
    assert cloud.update(cluster(insights="disabled")) == "UPDATE_COMPLETE"
    (made,) = client("ecs").describe_clusters(clusters=["labs"], include=["SETTINGS"])["clusters"]
    assert made["settings"][0]["value"] == "disabled"


def test_tags_of_a_repository_become_immutable_in_place(cloud: Cloud, client: Callable[..., Any]) -> None:
    """Also where tags were excluded before: "Update requires: No interruption" holds for the filters."""
    repository = "Resources: {Repo: {Type: AWS::ECR::Repository, Properties: {RepositoryName: web, ImageTagMutability: %s}}}"
    filters = "ImageTagMutabilityExclusionFilters: [{%s}]"
    each = "ImageTagMutabilityExclusionFilterType: WILDCARD, ImageTagMutabilityExclusionFilterValue: %s"
    excluding = f"MUTABLE_WITH_EXCLUSION, {filters % each}"
    cloud.create(repository % (excluding % "dev*"))
    assert cloud.update(repository % (excluding % "test*")) == "UPDATE_COMPLETE", cloud.failures()
    (made,) = client("ecr").describe_repositories()["repositories"]
    assert made["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "test*"}]
    assert cloud.update(repository % "IMMUTABLE") == "UPDATE_COMPLETE", cloud.failures()
    (made,) = client("ecr").describe_repositories()["repositories"]
    assert made["imageTagMutability"] == "IMMUTABLE"
    assert not made.get("imageTagMutabilityExclusionFilters")


def test_nothing_is_left_of_a_resource_that_failed_after_its_creation(
    cloud: Cloud, client: Callable[..., Any]
) -> None:
    """A role whose policy is not there: its second try says so too, and not that the role exists."""
    template = """\
    Resources:
      Cluster: {Type: AWS::ECS::Cluster}
      Role:
        Type: AWS::IAM::Role
        Properties:
          RoleName: web
          AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
          ManagedPolicyArns: [arn:aws:iam::123456789012:policy/nobodys]
    """
    assert cloud.create(template) == "ROLLBACK_COMPLETE"
    assert "nobodys" in cloud.failures()["Role"]
    assert client("iam").list_roles()["Roles"] == []


def test_another_name_makes_a_new_resource_and_deletes_the_old(
    cloud: Cloud, client: Callable[..., Any]
) -> None:
    cloud.create(cluster("one"))
    assert cloud.update(cluster("two")) == "UPDATE_COMPLETE"
    arns = client("ecs").list_clusters()["clusterArns"]
    assert [arn.rpartition("/")[2] for arn in arns] == ["two"]


def test_what_left_the_template_is_deleted(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create(cluster() + "  Topic: {Type: AWS::SNS::Topic}\n")
    assert cloud.update(cluster()) == "UPDATE_COMPLETE"
    assert client("sns").list_topics()["Topics"] == []
    assert len(cloud.api.list_stack_resources(StackName="web")["StackResourceSummaries"]) == 1


def test_same_template_again_is_no_update(cloud: Cloud) -> None:
    cloud.create(cluster())
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloud.update(cluster())


def test_failed_creation_is_rolled_back_and_names_the_resource(
    cloud: Cloud, client: Callable[..., Any]
) -> None:
    template = """\
    Resources:
      Topic: {Type: AWS::SNS::Topic}
      Service:
        Type: AWS::ECS::Service
        DependsOn: Topic
        Properties: {Cluster: nobody, TaskDefinition: nothing}
    """
    assert cloud.create(template) == "ROLLBACK_COMPLETE"
    assert "Cluster not found" in cloud.failures()["Service"]
    assert client("sns").list_topics()["Topics"] == []
    (topic,) = cloud.api.describe_stack_resources(StackName="web")["StackResources"]
    assert (topic["LogicalResourceId"], topic["ResourceStatus"]) == ("Topic", "DELETE_COMPLETE")
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        cloud.update(cluster())
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        cloud.api.create_change_set(StackName="web", ChangeSetName="mend", TemplateBody=cluster())


def test_failed_creation_can_end_in_deletion(cloud: Cloud) -> None:
    template = "Resources: {X: {Type: AWS::Mars::Rover}}"
    stack = cloud.api.create_stack(StackName="web", TemplateBody=template, OnFailure="DELETE")["StackId"]
    assert cloud.status(stack) == "DELETE_COMPLETE"


def test_deleted_stack_is_listed_with_its_resources_and_never_updated(cloud: Cloud) -> None:
    cloud.create(cluster("one"))
    stack = cloud.stack()["StackId"]
    cloud.delete()
    (made,) = cloud.api.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    assert (made["PhysicalResourceId"], made["ResourceStatus"]) == ("one", "DELETE_COMPLETE")
    with pytest.raises(ClientError, match="DELETE_COMPLETE state and can not be updated"):
        cloud.update(cluster("two"), stack)


def test_template_that_the_sandbox_cannot_read_fails_and_says_so(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours leaves no stack in progress for ever."""
    monkeypatch.setattr("labs.sandbox.cloudformation.engine.set_outputs", None)
    assert cloud.create(cluster()) == "CREATE_FAILED"
    assert cloud.stack()["StackStatusReason"].startswith("The sandbox cannot read this template: TypeError")
    assert list(settling.failures) == ["stack web, stabilising"]
    settling.forget()
    assert cloud.delete() == "DELETE_COMPLETE"


def test_rollback_can_be_disabled(cloud: Cloud, client: Callable[..., Any]) -> None:
    template = "Resources: {T: {Type: AWS::SNS::Topic}, X: {Type: AWS::Mars::Rover, DependsOn: T}}"
    assert cloud.create(template, DisableRollback=True) == "CREATE_FAILED"
    assert len(client("sns").list_topics()["Topics"]) == 1


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ("{Type: AWS::Mars::Rover}", "resources of type AWS::Mars::Rover"),
        ("{Type: Custom::Thing}", "resources of type Custom::Thing"),
        ("{Type: AWS::CloudFormation::Stack}", "resources of type AWS::CloudFormation::Stack"),
        ("{Type: AWS::ECS::Cluster, Properties: {Nonsense: 1}}", "the property Nonsense"),
        (
            "{Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: [{Name: a, Image: b, Colour: red}]}}",
            "the property ContainerDefinitions/Colour",
        ),
        ("{Type: AWS::ECS::Cluster, Properties: {Configuration: many}}", "must be an object"),
        ("{Type: AWS::SQS::Queue, Properties: {DelaySeconds: x}}", "broke down|Attribute|Operation"),
    ],
)
def test_what_is_not_supported_fails_the_stack_and_is_named(cloud: Cloud, resource: str, says: str) -> None:
    assert cloud.create(f"Resources: {{Thing: {resource}}}") == "ROLLBACK_COMPLETE"
    assert says in cloud.failures()["Thing"] or any(
        word in cloud.failures()["Thing"] for word in says.split("|")
    )


def test_failed_update_goes_back_to_the_old_template(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create(cluster())
    worse = cluster(insights="disabled") + "  Rover: {Type: AWS::Mars::Rover, DependsOn: Cluster}\n"
    assert cloud.update(worse) == "UPDATE_ROLLBACK_COMPLETE"
    (made,) = client("ecs").describe_clusters(clusters=["labs"], include=["SETTINGS"])["clusters"]
    assert made["settings"][0]["value"] == "enabled"
    assert "enabled" in cloud.api.get_template(StackName="web")["TemplateBody"]


def test_a_deletion_policy_may_be_a_function(cloud: Cloud, client: Callable[..., Any]) -> None:
    """With the language extensions, a parameter can decide what stays."""
    cluster = "Resources: {Kept: {Type: AWS::ECS::Cluster, Properties: {ClusterName: kept}, DeletionPolicy: !Ref Policy}}"
    extended = (
        "Transform: AWS::LanguageExtensions\nParameters: {Policy: {Type: String, Default: Retain}}\n"
        + cluster
    )
    cloud.create(extended)
    assert cloud.delete() == "DELETE_COMPLETE"
    (kept,) = client("ecs").describe_clusters(clusters=["kept"])["clusters"]
    assert kept["status"] == "ACTIVE"


def test_deletion_leaves_nothing_but_what_is_retained(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create(cluster() + "  Topic: {Type: AWS::SNS::Topic, DeletionPolicy: Retain}\n")
    assert cloud.delete() == "DELETE_COMPLETE"
    assert client("ecs").list_clusters()["clusterArns"] == []
    assert len(client("sns").list_topics()["Topics"]) == 1
    with pytest.raises(ClientError, match="Stack with id web does not exist"):
        cloud.stack()


def test_what_cannot_be_deleted_is_reported(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create("Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: full}}}")
    client("s3").put_object(Bucket="full", Key="a", Body=b"")
    assert cloud.delete() == "DELETE_FAILED"
    assert "not empty" in cloud.failures()["Bucket"]
    client("s3").delete_object(Bucket="full", Key="a")
    assert cloud.delete() == "DELETE_COMPLETE"


def test_deleting_no_stack_is_no_fault(cloud: Cloud) -> None:
    cloud.api.delete_stack(StackName="nobody")


def test_protected_stack_is_not_deleted(cloud: Cloud) -> None:
    cloud.create(cluster(), EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        cloud.api.delete_stack(StackName="web")
    cloud.api.update_termination_protection(StackName="web", EnableTerminationProtection=False)
    assert cloud.delete() == "DELETE_COMPLETE"


def test_exports_are_imported_and_hold_their_stack(cloud: Cloud) -> None:
    cloud.create(
        cluster() + "Outputs: {Name: {Value: !Ref Cluster, Export: {Name: !Sub '${AWS::StackName}-name'}}}\n"
    )
    other = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !ImportValue web-name}}}"
    assert cloud.create(other, "other") == "CREATE_COMPLETE"
    assert cloud.id_of("T", "other").endswith(":labs")
    assert cloud.api.list_exports()["Exports"][0]["Value"] == "labs"
    assert cloud.api.list_imports(ExportName="web-name")["Imports"] == ["other"]
    with pytest.raises(ClientError, match="in use by other"):
        cloud.api.delete_stack(StackName="web")


def test_missing_export_fails_the_resource(cloud: Cloud) -> None:
    template = "Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !ImportValue nobody}}}"
    assert cloud.create(template) == "ROLLBACK_COMPLETE"
    assert "No export named nobody found" in cloud.failures()["T"]


def test_previous_values_are_kept(cloud: Cloud) -> None:
    template = "Parameters: {N: {Type: String}, X: {Type: String, Default: a}}\n" + cluster("!Ref N")
    cloud.create(template, Parameters=[{"ParameterKey": "N", "ParameterValue": "mine"}])
    given = [{"ParameterKey": "N", "UsePreviousValue": True}, {"ParameterKey": "X", "ParameterValue": "b"}]
    assert cloud.update(template, Parameters=given) == "UPDATE_COMPLETE"
    assert cloud.id_of("Cluster") == "mine"


def test_tags_of_the_stack_are_its_resources_too(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create(cluster(), Tags=[{"Key": "team", "Value": "blue"}])
    (made,) = client("ecs").describe_clusters(clusters=["labs"], include=["TAGS"])["clusters"]
    assert {"key": "team", "value": "blue"} in made["tags"]


def test_resources_of_ec2_name_their_stack(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create("Resources: {Gateway: {Type: AWS::EC2::InternetGateway}}")
    gateway = cloud.id_of("Gateway")
    (made,) = client("ec2").describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
    assert {each["Key"]: each["Value"] for each in made["Tags"]} == {
        "aws:cloudformation:logical-id": "Gateway",
        "aws:cloudformation:stack-id": cloud.stack()["StackId"],
        "aws:cloudformation:stack-name": cloud.stack()["StackName"],
    }


def test_secret_parameter_is_not_shown(cloud: Cloud) -> None:
    template = "Parameters: {Secret: {Type: String, NoEcho: true, Default: hunter2}}\n" + cluster()
    cloud.create(template)
    assert cloud.stack()["Parameters"] == [{"ParameterKey": "Secret", "ParameterValue": "****"}]


class TestChangeSets:
    def propose(self, cloud: Cloud, stack: str, template: str, kind: str) -> str:
        made = cloud.api.create_change_set(
            StackName=stack,
            ChangeSetName="deploy",
            ChangeSetType=kind,
            TemplateBody=template,
            Capabilities=CAPABILITIES,
        )
        return str(made["Id"])

    def test_change_set_makes_a_stack(self, cloud: Cloud) -> None:
        self.propose(cloud, "web", cluster(), "CREATE")
        assert cloud.status() == "REVIEW_IN_PROGRESS"
        described = cloud.api.describe_change_set(StackName="web", ChangeSetName="deploy")
        (change,) = described["Changes"]
        assert (change["ResourceChange"]["Action"], described["ExecutionStatus"]) == ("Add", "AVAILABLE")
        cloud.api.execute_change_set(StackName="web", ChangeSetName="deploy")
        assert cloud.status() == "CREATE_COMPLETE"

    def test_two_stacks_have_change_sets_of_one_name(self, cloud: Cloud) -> None:
        """All stacks of CDK call theirs the same."""
        for name in ("one", "two"):
            self.propose(cloud, name, cluster(name), "CREATE")
        cloud.api.execute_change_set(StackName="one", ChangeSetName="deploy")
        assert (cloud.status("one"), cloud.status("two")) == ("CREATE_COMPLETE", "REVIEW_IN_PROGRESS")
        with pytest.raises(ClientError, match="ChangeSetNotFound"):
            cloud.api.describe_change_set(StackName="one", ChangeSetName="deploy")
        assert cloud.api.describe_change_set(StackName="two", ChangeSetName="deploy")["StackName"] == "two"

    def test_change_set_without_changes_fails(self, cloud: Cloud) -> None:
        cloud.create(cluster())
        self.propose(cloud, "web", cluster(), "UPDATE")
        described = cloud.api.describe_change_set(StackName="web", ChangeSetName="deploy")
        assert described["Status"] == "FAILED"
        assert "didn't contain changes" in described["StatusReason"]
        with pytest.raises(WaiterError):
            cloud.api.get_waiter("change_set_create_complete").wait(
                StackName="web", ChangeSetName="deploy", WaiterConfig={"Delay": 0}
            )

    def test_change_set_is_deleted(self, cloud: Cloud) -> None:
        cloud.create(cluster())
        self.propose(cloud, "web", cluster(insights="disabled"), "UPDATE")
        assert len(cloud.api.list_change_sets(StackName="web")["Summaries"]) == 1
        cloud.api.delete_change_set(StackName="web", ChangeSetName="deploy")
        assert cloud.api.list_change_sets(StackName="web")["Summaries"] == []

    def test_deleting_no_change_set_of_a_stack_is_no_fault(self, cloud: Cloud) -> None:
        cloud.create(cluster())
        cloud.api.delete_change_set(StackName="web", ChangeSetName="nothing")
        with pytest.raises(ClientError, match=r"Stack \[nobody\] does not exist"):
            cloud.api.delete_change_set(StackName="nobody", ChangeSetName="nothing")
