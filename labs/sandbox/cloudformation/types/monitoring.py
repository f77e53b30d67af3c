"""AWS::CloudWatch dashboards, AWS::EC2 flow logs and AWS::SecretsManager secrets."""

from __future__ import annotations

import json

from labs.errors import ResourceFailed
from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, known_only, without

_GENERATED = (
    *("ExcludeCharacters", "ExcludeLowercase", "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase"),
    *(
        "GenerateStringKey",
        "IncludeSpace",
        "PasswordLength",
        "RequireEachIncludedType",
        "SecretStringTemplate",
    ),
)


def _flow_log(properties: Doc) -> Doc:
    """The properties of a flow log, which has one resource, for an operation that takes a list."""
    return {**without(properties, "ResourceId"), "ResourceIds": [properties["ResourceId"]]}


def _generated(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Generates a password, and adds it to the JSON of the template if there is one."""
    name = "GenerateSecretString"
    if name not in new or new[name] == old.get(name):
        return
    wanted = known_only(name, new[name], _GENERATED)
    key, text = wanted.get("GenerateStringKey"), wanted.get("SecretStringTemplate")
    if bool(key) != bool(text):
        raise ResourceFailed("GenerateStringKey and SecretStringTemplate must be given together")
    options = {name: value for name, value in wanted.items() if name in _GENERATED[:5] + _GENERATED[6:9]}
    password = api("secretsmanager", "GetRandomPassword", options)["RandomPassword"]
    secret = json.dumps({**json.loads(text), key: password}) if text else password
    api("secretsmanager", "PutSecretValue", {"SecretId": made.id, "SecretString": secret})


TYPES = (
    ResourceType(
        "AWS::CloudWatch::Dashboard",
        "cloudwatch",
        "PutDashboard",
        answer=lambda answer: {},
        id="DashboardName",
        name_property="DashboardName",
        update="PutDashboard",
        id_member="DashboardName",
        replacing=frozenset({"DashboardName"}),
        delete="DeleteDashboards",
        delete_member="DashboardNames",
    ),
    ResourceType(
        "AWS::EC2::FlowLog",
        "ec2",
        "CreateFlowLogs",
        answer=lambda answer: {"Id": answer["FlowLogIds"][0]},
        id="Id",
        attributes={"Id": "Id"},
        handled=frozenset({"Tags"}),
        request=_flow_log,
        delete="DeleteFlowLogs",
        delete_member="FlowLogIds",
        tags="ec2",
    ),
    ResourceType(
        "AWS::SecretsManager::Secret",
        "secretsmanager",
        "CreateSecret",
        id="ARN",
        name_property="Name",
        attributes={"Id": "ARN"},
        renamed={"ReplicaRegions": "AddReplicaRegions"},
        handled=frozenset({"GenerateSecretString"}),
        after=_generated,
        update="UpdateSecret",
        id_member="SecretId",
        replacing=frozenset({"Name"}),
        delete="DeleteSecret",
        delete_more={"ForceDeleteWithoutRecovery": True},
        tagged="ARN",
    ),
)
