"""AWS::ECS: clusters, capacity providers, task definitions, services, task sets."""

from __future__ import annotations

from labs.errors import NotReady, ResourceFailed
from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.texts import is_true
from labs.sandbox.cloudformation.types.base import Made, ResourceType, known_only


def _service(api: Api, made: Made) -> Doc:
    found = api(
        "ecs",
        "DescribeServices",
        {"cluster": made.properties.get("Cluster", "default"), "services": [made.id]},
    )
    if not found["services"]:
        raise ResourceFailed(f"Service {made.id} is not there")
    service: Doc = found["services"][0]
    return service


def _steady(api: Api, made: Made) -> None:
    """Raises NotReady until a service has one completed deployment and all of its tasks are running."""
    service = _service(api, made)
    if service.get("deploymentController", {}).get("type", "ECS") != "ECS":
        return
    for deployment in service["deployments"]:
        if deployment.get("rolloutState") == "FAILED":
            raise ResourceFailed(
                "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker "
                "was triggered'.\" (HandlerErrorCode: GeneralServiceException)"
            )
    primary = service["deployments"][0]
    done = primary.get("rolloutState", "COMPLETED") == "COMPLETED" and len(service["deployments"]) == 1
    if not done or service["runningCount"] != service["desiredCount"]:
        raise NotReady


def _force_deployment(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Forces a new deployment for each changed nonce."""
    known = {"EnableForceNewDeployment", "ForceNewDeploymentNonce"}
    wanted = known_only("ForceNewDeployment", new.get("ForceNewDeployment") or {}, known)
    enabled = is_true(wanted.get("EnableForceNewDeployment"))
    if old and enabled and wanted != old.get("ForceNewDeployment"):
        given = {"cluster": new.get("Cluster", "default"), "service": made.id, "forceNewDeployment": True}
        api("ecs", "UpdateService", given)


def _one_task(properties: Doc) -> Doc:
    """Gives a new service desired count 1 if its template has none; an update keeps the count."""
    replicas = properties.get("SchedulingStrategy", "REPLICA") == "REPLICA"
    return {"DesiredCount": 1, **properties} if replicas else properties


def _scale_down(api: Api, made: Made) -> None:
    if made.properties.get("SchedulingStrategy") != "DAEMON" and _service(api, made)["status"] == "ACTIVE":
        controller = made.properties.get("DeploymentController", {}).get("Type", "ECS")
        if controller == "ECS":
            cluster = made.properties.get("Cluster", "default")
            api("ecs", "UpdateService", {"cluster": cluster, "service": made.id, "desiredCount": 0})


def _detach_providers(api: Api, made: Made) -> None:
    api(
        "ecs",
        "PutClusterCapacityProviders",
        {
            "cluster": made.properties["Cluster"],
            "capacityProviders": [],
            "defaultCapacityProviderStrategy": [],
        },
    )


def _cluster_providers(api: Api, made: Made, new: Doc, old: Doc) -> None:
    wanted: Doc = {
        key: new[key] for key in ("CapacityProviders", "DefaultCapacityProviderStrategy") if key in new
    }
    before = {key: old[key] for key in ("CapacityProviders", "DefaultCapacityProviderStrategy") if key in old}
    if wanted != before:
        empty: Doc = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
        api("ecs", "PutClusterCapacityProviders", {**empty, **_lowered(wanted), "cluster": made.id})


def _lowered(properties: Doc) -> Doc:
    return {key[0].lower() + key[1:]: value for key, value in properties.items()}


TYPES = (
    ResourceType(
        "AWS::ECS::Cluster",
        "ecs",
        "CreateCluster",
        answer=lambda answer: answer["cluster"],
        id="clusterName",
        name_property="ClusterName",
        attributes={"Arn": "clusterArn"},
        renamed={"ClusterSettings": "settings"},
        handled=frozenset({"CapacityProviders", "DefaultCapacityProviderStrategy"}),
        after=_cluster_providers,
        update="UpdateCluster",
        id_member="cluster",
        replacing=frozenset({"ClusterName"}),
        delete="DeleteCluster",
        tags="Key",
        tagged="clusterArn",
    ),
    ResourceType(
        "AWS::ECS::CapacityProvider",
        "ecs",
        "CreateCapacityProvider",
        answer=lambda answer: answer["capacityProvider"],
        id="name",
        name_property="Name",
        renamed={"ClusterName": "cluster"},
        update="UpdateCapacityProvider",
        id_member="name",
        replacing=frozenset({"Name", "ClusterName"}),
        delete="DeleteCapacityProvider",
        delete_member="capacityProvider",
        tags="Key",
        tagged="capacityProviderArn",
    ),
    ResourceType(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "ecs",
        "PutClusterCapacityProviders",
        answer=lambda answer: answer["cluster"],
        id="clusterName",
        update="PutClusterCapacityProviders",
        replacing=frozenset({"Cluster"}),
        before_delete=_detach_providers,
    ),
    ResourceType(
        "AWS::ECS::TaskDefinition",
        "ecs",
        "RegisterTaskDefinition",
        answer=lambda answer: answer["taskDefinition"],
        id="taskDefinitionArn",
        name_property="Family",
        attributes={"TaskDefinitionArn": "taskDefinitionArn"},
        renamed={"ProxyConfigurationProperties": "properties"},
        delete="DeregisterTaskDefinition",
        delete_member="taskDefinition",
        tags="Key",
        tagged="taskDefinitionArn",
    ),
    ResourceType(
        "AWS::ECS::Service",
        "ecs",
        "CreateService",
        answer=lambda answer: answer["service"],
        id="serviceArn",
        name_property="ServiceName",
        attributes={"Name": "serviceName", "ServiceArn": "serviceArn"},
        renamed={"PlacementStrategies": "placementStrategy"},
        handled=frozenset({"ForceNewDeployment"}),
        filled_in=_one_task,
        after=_force_deployment,
        update="UpdateService",
        answer_of_update=lambda answer: answer["service"],
        id_member="service",
        replacing=frozenset(
            {"ServiceName", "Cluster", "LaunchType", "SchedulingStrategy", "Role", "DeploymentController"}
        ),
        delete="DeleteService",
        delete_more={"force": True},
        before_delete=_scale_down,
        scope=("Cluster",),
        ready=_steady,
        tags="Key",
        tagged="serviceArn",
    ),
    ResourceType(
        "AWS::ECS::TaskSet",
        "ecs",
        "CreateTaskSet",
        answer=lambda answer: answer["taskSet"],
        id="id",
        attributes={"Id": "id"},
        update="UpdateTaskSet",
        id_member="taskSet",
        delete="DeleteTaskSet",
        delete_more={"force": True},
        scope=("Cluster", "Service"),
        tags="Key",
    ),
    ResourceType(
        "AWS::ECS::PrimaryTaskSet",
        "ecs",
        "UpdateServicePrimaryTaskSet",
        answer=lambda answer: answer["taskSet"],
        id="id",
        renamed={"TaskSetId": "primaryTaskSet"},
        update="UpdateServicePrimaryTaskSet",
        scope=("Cluster", "Service"),
    ),
)
