"""The ECS resources of one account in one Region, and their lookup by name or ARN."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.utilities.utils import get_partition

from labs.sandbox.ecs.model.errors import client, cluster_not_found, invalid, service_not_found
from labs.sandbox.ecs.model.records import (
    FARGATE_PROVIDERS,
    Cluster,
    Doc,
    Instance,
    Provider,
    Service,
    Task,
    TaskDefinition,
)


class Ecs:
    """The ECS state of one account in one Region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.access_key = ""
        """Of whoever makes the call that is being answered."""
        self.clusters: dict[str, Cluster] = {}
        self.families: dict[str, dict[int, TaskDefinition]] = {}
        self.newest: dict[str, int] = {}
        """The last revision of each family: a number is never used again."""
        self.providers: dict[str, Provider] = {
            name: _fargate_provider(self.arn("capacity-provider", name), name) for name in FARGATE_PROVIDERS
        }
        self.settings: dict[tuple[str, str], str] = {}
        """Account settings, by the ARN of their principal and their name."""
        self.moving: dict[str, Task] = {}
        """Tasks on their way to another status, by ARN."""
        self.changes = 0
        """Counts what may let a launch succeed that has failed: an instance that comes, a task that goes."""

    def arn(self, kind: str, *names: str) -> str:
        """The ARN of a resource of this account: `arn("service", "prod", "web")`."""
        return f"arn:{get_partition(self.region)}:ecs:{self.region}:{self.account}:{kind}/{'/'.join(names)}"

    def cluster(self, name_or_arn: str | None) -> Cluster:
        """The ACTIVE cluster; `default` where none is named. Raises ClusterNotFoundException."""
        cluster = self.clusters.get(self._named("cluster", name_or_arn or "default"))
        if cluster is None:
            raise cluster_not_found()
        if cluster.status != "ACTIVE":
            raise cluster_not_found("The referenced cluster was inactive.")
        return cluster

    def find_cluster(self, name_or_arn: str) -> Cluster | None:
        """The cluster, ACTIVE or not."""
        return self.clusters.get(self._named("cluster", name_or_arn))

    def service(self, cluster: Cluster, name_or_arn: str) -> Service:
        """The service, ACTIVE or not. Raises ServiceNotFoundException."""
        service = cluster.services.get(self._named("service", name_or_arn, cluster))
        if service is None:
            raise service_not_found()
        return service

    def find_service(self, cluster: Cluster, name_or_arn: str) -> Service | None:
        """The service, ACTIVE or not; None if there is none."""
        return cluster.services.get(self._named("service", name_or_arn, cluster))

    def find_instance(self, cluster: Cluster, id_or_arn: str) -> Instance | None:
        """The container instance; None if it is not registered in this cluster."""
        return cluster.instances.get(self._named("container-instance", id_or_arn, cluster))

    def instance(self, cluster: Cluster, id_or_arn: str) -> Instance:
        """The container instance. Raises ClientException."""
        instance = self.find_instance(cluster, id_or_arn)
        if instance is None:
            raise client("The referenced container instance was not found.")
        return instance

    def find_task(self, cluster: Cluster, id_or_arn: str) -> Task | None:
        """The task, also for a while after it has stopped."""
        return cluster.tasks.get(self._named("task", id_or_arn, cluster))

    def find_definition(self, name: str) -> TaskDefinition | None:
        """By ARN or `family:revision`; the newest ACTIVE revision for a family alone."""
        family, _, revision = self._named("task-definition", name).partition(":")
        revisions = self.families.get(family, {})
        if revision:
            return revisions.get(int(revision)) if revision.isdigit() else None
        return max(
            (each for each in revisions.values() if each.active), key=lambda each: each.revision, default=None
        )

    def runnable_definition(self, name: str) -> TaskDefinition:
        """The revision to run. Raises ClientException if it does not exist or was deregistered."""
        definition = self.find_definition(name)
        if definition is None:
            raise client("TaskDefinition not found.")
        if not definition.active:
            raise client("TaskDefinition is inactive")
        return definition

    def find_provider(self, name_or_arn: str) -> Provider | None:
        """The capacity provider, Fargate's included."""
        return self.providers.get(self._named("capacity-provider", name_or_arn))

    def active_clusters(self) -> list[Cluster]:
        """The ACTIVE clusters in the order of creation."""
        return [cluster for cluster in self.clusters.values() if cluster.status == "ACTIVE"]

    def missing(self, kind: str, found: Iterable[tuple[str, object]], *within: str) -> list[Doc]:
        """The failures of a describe request: an ARN for each name without a resource."""
        return [
            {"arn": name if name.startswith("arn:") else self.arn(kind, *within, name), "reason": "MISSING"}
            for name, each in found
            if not each
        ]

    @property
    def ec2(self) -> Any:
        """Moto's EC2 of the same account and region."""
        from moto.ec2.models import ec2_backends

        return ec2_backends[self.account][self.region]

    @property
    def elbv2(self) -> Any:
        """Moto's load balancers of the same account and region."""
        from moto.elbv2.models import elbv2_backends

        return elbv2_backends[self.account][self.region]

    def _named(self, kind: str, name_or_arn: str, cluster: Cluster | None = None) -> str:
        """The name in an ARN; an ARN of another account, Region or cluster unchanged, which names nothing here."""
        if not name_or_arn.startswith("arn:"):
            return name_or_arn
        prefix, slash, name = name_or_arn.partition("/")
        if not slash or not prefix.endswith(f":{kind}"):
            raise invalid(
                f"Invalid identifier: Identifier is for {prefix.rpartition(':')[2]}. Your request is for {kind}"
            )
        if f"{prefix}/" != self.arn(kind):
            return name_or_arn
        if cluster is not None and "/" in name:
            owner, _, name = name.rpartition("/")
            return name if owner == cluster.name else name_or_arn
        return name


def _fargate_provider(arn: str, name: str) -> Provider:
    return Provider({"capacityProviderArn": arn, "name": name, "status": "ACTIVE", "type": name})
