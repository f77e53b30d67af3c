"""Clusters: create, describe, update, associate with capacity providers, delete."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labs.sandbox.ecs.api.account_settings import effective
from labs.sandbox.ecs.api.handlers import answers, caller
from labs.sandbox.ecs.launch.linked_role import make_linked_role, require_linked_role
from labs.sandbox.ecs.model.documents import check_length, paged, picked, tag_list, tags_of
from labs.sandbox.ecs.model.errors import client, invalid, refusal
from labs.sandbox.ecs.model.records import FARGATE_PROVIDERS, Cluster, Doc, Task
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.rules.provider_rules import check_associated, check_strategy
from labs.sandbox.source import recorded
from labs.sandbox.world import clock, delays

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,255}")
_CONFIGURED = ("configuration", "serviceConnectDefaults")


@answers("CreateCluster", "moto replaces a cluster of the same name, and all that is in it")
def create_cluster(ecs: Ecs, request: Doc) -> Doc:
    """Creates a cluster, or returns the existing one with this name; a deleted one is created again, empty."""
    name = request.get("clusterName") or "default"
    if not _NAME.fullmatch(name):
        raise invalid(f"Cluster must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {name}")
    cluster = ecs.clusters.get(name)
    if cluster is None or cluster.status != "ACTIVE":
        providers = check_associated(ecs, request.get("capacityProviders") or [])
        strategy = check_strategy(ecs, request.get("defaultCapacityProviderStrategy") or [], providers)
        if delays.current.linked_role:
            make_linked_role(ecs)
        if providers:
            require_linked_role(ecs)
        cluster = Cluster(
            name, ecs.arn("cluster", name), {"settings": _settings(ecs, request)}, tags_of(request)
        )
        cluster.doc |= {"capacityProviders": providers, "defaultCapacityProviderStrategy": strategy}
        cluster.doc |= picked(request, _CONFIGURED)
        _attach(cluster, ())
        ecs.clusters.pop(name, None)
        ecs.clusters[name] = cluster
    return {"cluster": described(cluster, {"TAGS", "SETTINGS", "CONFIGURATIONS", "ATTACHMENTS"})}


@answers(
    "DescribeClusters",
    "moto's counts of running tasks and active services stay at 0",
    recorded("ecs:DescribeClusters"),
)
def describe_clusters(ecs: Ecs, request: Doc) -> Doc:
    """Clusters by name or ARN; a missing one is a failure with the reason MISSING."""
    names = request.get("clusters") or ["default"]
    check_length("cluster names", names, 100)
    found = [(name, ecs.find_cluster(name)) for name in names]
    include = set(request.get("include") or [])
    return {
        "clusters": [described(cluster, include) for _, cluster in found if cluster],
        "failures": ecs.missing("cluster", found),
    }


@answers("ListClusters", "moto does not page, and lists deleted clusters too", recorded("ecs:ListClusters"))
def list_clusters(ecs: Ecs, request: Doc) -> Doc:
    """The ARNs of ACTIVE clusters."""
    return paged([cluster.arn for cluster in ecs.active_clusters()], request, "clusterArns")


@answers("UpdateCluster", "moto's cluster is not the sandbox's")
def update_cluster(ecs: Ecs, request: Doc) -> Doc:
    """Changes settings, configuration or the defaults of Service Connect."""
    cluster = ecs.cluster(request["cluster"])
    if request.get("settings"):
        cluster.doc["settings"] = _settings(ecs, request)
    cluster.doc |= picked(request, _CONFIGURED)
    return {"cluster": described(cluster, {"TAGS", "SETTINGS", "CONFIGURATIONS"})}


@answers("UpdateClusterSettings", "moto does not have it")
def update_cluster_settings(ecs: Ecs, request: Doc) -> Doc:
    """Changes settings, such as Container Insights."""
    return update_cluster(ecs, picked(request, ("cluster", "settings")))


@answers("PutClusterCapacityProviders", "moto takes capacity providers that do not exist")
def put_cluster_capacity_providers(ecs: Ecs, request: Doc) -> Doc:
    """Replaces the cluster's capacity providers and its default strategy."""
    cluster = ecs.cluster(request["cluster"])
    _refuse_while_attaching(cluster)
    providers = check_associated(ecs, request.get("capacityProviders") or [])
    strategy = check_strategy(ecs, request.get("defaultCapacityProviderStrategy") or [], providers)
    for name in cluster.doc["capacityProviders"]:
        if name not in providers and _used(cluster, name):
            raise refusal(
                "ResourceInUseException", "The specified capacity provider is in use and cannot be removed."
            )
    before = cluster.doc["capacityProviders"]
    cluster.doc |= {"capacityProviders": providers, "defaultCapacityProviderStrategy": strategy}
    _attach(cluster, before)
    return {"cluster": described(cluster, {"TAGS", "SETTINGS", "ATTACHMENTS"})}


def _attach(cluster: Cluster, before: Sequence[str]) -> None:
    """Starts attaching or detaching managed scaling of Auto Scaling groups if these have changed."""
    if {*before, *cluster.doc["capacityProviders"]} - {*FARGATE_PROVIDERS}:
        cluster.attaching_since = clock.now()


def _attaching(cluster: Cluster) -> bool:
    since = cluster.attaching_since
    return since is not None and not delays.has_passed(since, delays.current.attachments)


def _refuse_while_attaching(cluster: Cluster) -> None:
    """Refuses changes while capacity providers are attached; the error code is documented, the message assumed."""
    if _attaching(cluster):
        raise refusal(
            "UpdateInProgressException",
            "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_COMPLETE or "
            "UPDATE_FAILED state before they can be updated.",
        )


@answers("DeleteCluster", "moto deletes a cluster that is not empty")
def delete_cluster(ecs: Ecs, request: Doc) -> Doc:
    """Makes an empty cluster INACTIVE. Refuses one with services, container instances or tasks."""
    cluster = ecs.cluster(request["cluster"])
    _refuse_while_attaching(cluster)
    refused = "The Cluster cannot be deleted while"
    if any(service.status != "INACTIVE" for service in cluster.services.values()):
        raise refusal("ClusterContainsServicesException", f"{refused} Services are active.")
    if cluster.instances:
        words = f"{refused} Container Instances are active or draining."
        raise refusal("ClusterContainsContainerInstancesException", words)
    if _live(cluster):
        raise refusal("ClusterContainsTasksException", f"{refused} Tasks are active.")
    cluster.status = "INACTIVE"
    return {"cluster": described(cluster, set())}


def described(cluster: Cluster, include: set[str]) -> Doc:
    """A cluster as AWS describes it, with tags, settings, configurations and attachments where included."""
    live = _live(cluster)
    document = {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": len(cluster.instances),
        "runningTasksCount": sum(task.status == "RUNNING" for task in live),
        "pendingTasksCount": sum(task.status in ("PENDING", "PROVISIONING") for task in live),
        "activeServicesCount": sum(service.status == "ACTIVE" for service in cluster.services.values()),
        "statistics": _statistics(cluster, live) if "STATISTICS" in include else [],
        "tags": tag_list(cluster.tags) if "TAGS" in include else [],
        "settings": cluster.doc["settings"] if "SETTINGS" in include else [],
        "capacityProviders": cluster.doc["capacityProviders"],
        "defaultCapacityProviderStrategy": cluster.doc["defaultCapacityProviderStrategy"],
    }
    document |= picked(cluster.doc, ["serviceConnectDefaults"])
    if "CONFIGURATIONS" in include:
        document |= picked(cluster.doc, ["configuration"])
    if "ATTACHMENTS" in include and (cluster.doc["capacityProviders"] or _attaching(cluster)):
        document["attachmentsStatus"] = "UPDATE_IN_PROGRESS" if _attaching(cluster) else "UPDATE_COMPLETE"
    return document


def _live(cluster: Cluster) -> list[Task]:
    return [task for task in cluster.tasks.values() if task.status != "STOPPED"]


def _statistics(cluster: Cluster, live: list[Task]) -> list[Doc]:
    counts: dict[str, int] = {}
    for kind, name in (("EC2", "EC2"), ("FARGATE", "Fargate")):
        of_kind = [task for task in live if task.doc.get("launchType") == kind]
        services = [
            service
            for service in cluster.services.values()
            if service.status == "ACTIVE" and service.doc.get("launchType") == kind
        ]
        counts[f"running{name}TasksCount"] = sum(task.status == "RUNNING" for task in of_kind)
        counts[f"pending{name}TasksCount"] = sum(task.status != "RUNNING" for task in of_kind)
        counts[f"active{name}ServiceCount"] = len(services)
    return [{"name": name, "value": str(count)} for name, count in counts.items()]


def _settings(ecs: Ecs, request: Doc) -> list[Doc]:
    """The settings of a request, or else the account's setting of Container Insights."""
    settings: list[Doc] = request.get("settings") or [_insights(ecs)]
    for setting in settings:
        if setting.get("name") != "containerInsights":
            raise client(f"Unknown cluster setting: {setting.get('name')}")
        if setting.get("value") not in ("enabled", "disabled", "enhanced"):
            raise client("containerInsights must be one of: enabled, enhanced, disabled.")
    return [dict(setting) for setting in settings]


def _insights(ecs: Ecs) -> Doc:
    value = effective(ecs, "containerInsights", caller(ecs))
    return {"name": "containerInsights", "value": {"on": "enabled", "off": "disabled"}.get(value, value)}


def _used(cluster: Cluster, provider: str) -> bool:
    """Whether a service or a task of the cluster uses the capacity provider."""
    strategies = [
        service.doc.get("capacityProviderStrategy") or []
        for service in cluster.services.values()
        if service.status == "ACTIVE"
    ]
    in_services = any(item["capacityProvider"] == provider for strategy in strategies for item in strategy)
    return in_services or any(task.doc.get("capacityProviderName") == provider for task in _live(cluster))
