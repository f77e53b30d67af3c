"""Change sets, and the changes that they list."""

from __future__ import annotations

from typing import Any

import pytest
from cfn_kit import Cloud

TEMPLATE = """\
Parameters: {Memory: {Type: Number, Default: 512}, Unused: {Type: String, Default: a}}
Mappings: {Keep: {Days: {Few: %(days)s}}}
Resources:
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: %(cluster)s}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !FindInMap [Keep, Days, Few]}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {ContainerDefinitions: [{Name: web, Image: nginx, Memory: !Ref Memory}]}
  Service:
    Type: AWS::ECS::Service
    Properties: {Cluster: !Ref Cluster, TaskDefinition: !Ref Task, DesiredCount: 0}
"""


def template(cluster: str = "web", days: int = 1) -> str:
    return TEMPLATE % {"cluster": cluster, "days": days}


def proposed(cloud: Cloud, body: str, **parameters: str) -> dict[str, Any]:
    """The changes of a change set, by logical id."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    cloud.api.create_change_set(StackName="web", ChangeSetName="next", TemplateBody=body, Parameters=given)
    found = cloud.api.describe_change_set(StackName="web", ChangeSetName="next")
    changes = [each["ResourceChange"] for each in found["Changes"]]
    return {each["LogicalResourceId"]: each for each in changes}


def targets(change: dict[str, Any]) -> dict[str, str]:
    return {each["Target"]["Name"]: each["Target"]["RequiresRecreation"] for each in change["Details"]}


@pytest.mark.slow
def test_value_in_a_mapping_changes_what_looks_it_up(cloud: Cloud) -> None:
    cloud.create(template())
    changes = proposed(cloud, template(days=3))
    assert list(changes) == ["Logs"]
    assert (changes["Logs"]["Action"], changes["Logs"]["Replacement"]) == ("Modify", "False")
    assert targets(changes["Logs"]) == {"RetentionInDays": "Never"}


def test_parameter_changes_what_refers_to_it_and_what_depends_on_that(cloud: Cloud) -> None:
    cloud.create(template())
    changes = proposed(cloud, template(), Memory="1024")
    assert list(changes) == ["Task", "Service"]
    assert changes["Task"]["Replacement"] == "True"
    assert changes["Task"]["PhysicalResourceId"] == cloud.id_of("Task")
    (detail,) = changes["Service"]["Details"]
    assert (detail["Evaluation"], detail["CausingEntity"]) == ("Dynamic", "Task")
    assert targets(changes["Service"]) == {"TaskDefinition": "Never"}


def test_service_may_be_made_anew_with_its_cluster(cloud: Cloud) -> None:
    cloud.create(template())
    changes = proposed(cloud, template(cluster="other"))
    assert (changes["Cluster"]["Replacement"], changes["Service"]["Replacement"]) == ("True", "Conditional")


def test_parameter_that_nothing_uses_changes_nothing(cloud: Cloud) -> None:
    cloud.create(template())
    assert proposed(cloud, template(), Unused="b") == {}
