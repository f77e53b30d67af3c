"""Clusters and everything in them, as mutable records.

A record stores the configuration and the history, in `doc` as in botocore's model (camelCase).
Values that follow from other records (running counts, remaining memory, the deployments of a service) are not
stored, but derived for each response.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.moto_api._internal import mock_random

from labs.sandbox.world import clock

Doc = dict[str, Any]
"""Part of a request or response, as in botocore's model of ECS."""

Tags = dict[str, str]

Moment = tuple[int, int]
"""Two counters, of calls and of changes in ECS: a task that could not be placed is retried after a change."""

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
MAX_EVENTS = 100


@dataclass(slots=True, eq=False)
class TaskDefinition:
    """One revision of a family; `doc` is what DescribeTaskDefinition answers."""

    doc: Doc
    tags: Tags = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """With family and revision."""
        return str(self.doc["taskDefinitionArn"])

    @property
    def family(self) -> str:
        """The name that all revisions share."""
        return str(self.doc["family"])

    @property
    def revision(self) -> int:
        """Counted from 1 in each family."""
        return int(self.doc["revision"])

    @property
    def active(self) -> bool:
        """Whether it was not deregistered."""
        return bool(self.doc["status"] == "ACTIVE")

    @property
    def network_mode(self) -> str:
        """The network mode, by default `bridge`, as on Linux instances."""
        return str(self.doc.get("networkMode", "bridge"))

    @property
    def containers(self) -> list[Doc]:
        """The container definitions, with AWS's defaults filled in."""
        definitions: list[Doc] = self.doc["containerDefinitions"]
        return definitions

    def container(self, name: str) -> Doc | None:
        """The container definition with this name."""
        return next((each for each in self.containers if each["name"] == name), None)


@dataclass(slots=True, eq=False)
class Instance:
    """A container instance: an EC2 instance whose agent has registered in a cluster.

    `cpu` is in CPU units, `memory` in MiB, both what the agent registered, before any task.
    """

    arn: str
    instance_id: str
    cpu: int
    memory: int
    gpus: int
    attributes: dict[str, str | None]
    agent_version: str
    registered_at: datetime
    status: str = "ACTIVE"
    connected: bool = True
    version: int = 1
    tags: Tags = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    """The tasks that have not stopped, by id."""

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def zone(self) -> str:
        """Its Availability Zone."""
        return self.attributes.get("ecs.availability-zone") or ""


@dataclass(slots=True, eq=False)
class Task:
    """A task; `doc` is what DescribeTasks answers, save what follows from its instance."""

    doc: Doc
    cluster: Cluster
    definition: TaskDefinition
    instance: Instance | None = None
    deployment: Deployment | None = None
    tags: Tags = field(default_factory=dict)
    request: Doc = field(default_factory=dict)
    """Its placement and network: the request of RunTask, or the service's configuration."""
    since: datetime = field(default_factory=clock.now)
    """The time since which it waits for its next status."""

    @property
    def arn(self) -> str:
        """With the cluster's name and the id."""
        return str(self.doc["taskArn"])

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def status(self) -> str:
        """`lastStatus`: PROVISIONING, PENDING, RUNNING, STOPPED."""
        return str(self.doc["lastStatus"])

    @property
    def wanted(self) -> bool:
        """Whether its desired status is not STOPPED."""
        return bool(self.doc["desiredStatus"] == "RUNNING")

    @property
    def service(self) -> Service | None:
        """The service that started it."""
        return self.deployment.service if self.deployment else None

    @property
    def group(self) -> str:
        """`service:NAME`, or `family:FAMILY` unless RunTask named another."""
        return str(self.doc["group"])


@dataclass(slots=True, eq=False)
class Deployment:
    """One roll-out of a service; `doc` is what DescribeServices answers of it, without the counts."""

    service: Service
    definition: TaskDefinition
    doc: Doc
    request: Doc
    """The configuration of the service when the deployment started."""
    tasks: dict[str, Task] = field(default_factory=dict)
    """The tasks that have not stopped, by id."""
    failed: int = 0
    """The number of failed launches since the last successful one."""

    @property
    def id(self) -> str:
        """`ecs-svc/` and a number."""
        return str(self.doc["id"])


@dataclass(slots=True, eq=False)
class Service:
    """A service; `doc` holds its configuration, `deployments` has the PRIMARY one first."""

    name: str
    arn: str
    cluster: Cluster
    doc: Doc
    tags: Tags = field(default_factory=dict)
    status: str = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)
    task_sets: list[Deployment] = field(default_factory=list)
    """The task sets, which replace deployments under an external deployment controller."""
    finished: list[Deployment] = field(default_factory=list)
    """Replaced deployments, the newest last."""
    events: list[Doc] = field(default_factory=list)
    """The events, newest first, at most 100."""
    steady: bool = False
    """Whether its newest event says that it has reached a steady state."""
    tried: int = -1
    """The number of calls when tasks were last started: a failed launch is only retried after another call."""
    tried_at: datetime = field(default_factory=clock.now)
    unplaced: Moment = (-1, -1)
    """The moment when a task last could not be placed."""

    @property
    def primary(self) -> Deployment:
        """The newest deployment."""
        return self.deployments[0]

    @property
    def definition(self) -> TaskDefinition:
        """The revision that the newest deployment runs."""
        return self.primary.definition

    @property
    def daemon(self) -> bool:
        """Whether its scheduling strategy is DAEMON: one task on each instance."""
        return bool(self.doc["schedulingStrategy"] == "DAEMON")

    @property
    def external(self) -> bool:
        """Whether an external deployment controller manages the service, by task sets."""
        return bool(self.doc["deploymentController"]["type"] == "EXTERNAL")

    def tasks(self) -> Iterator[Task]:
        """The tasks of every deployment and task set that have not stopped."""
        for deployment in (*self.deployments, *self.task_sets):
            yield from deployment.tasks.values()

    def add_event(self, message: str) -> None:
        """Writes a service event that starts with the service's name, unless it would repeat the last one."""
        self.write(f"(service {self.name}) {message}")

    def write(self, message: str) -> None:
        """Writes a service event, unless it would repeat the last one."""
        if self.events and self.events[0]["message"] == message:
            return
        self.record(message, str(mock_random.uuid4()))

    def record(self, message: str, identity: str) -> None:
        """Adds an event with this id as the newest one."""
        event = {"id": identity, "createdAt": clock.now(), "message": message}
        self.events = [event, *self.events[: MAX_EVENTS - 1]]


@dataclass(slots=True, eq=False)
class Provider:
    """A capacity provider; `doc` is what DescribeCapacityProviders answers."""

    doc: Doc
    tags: Tags = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name, as in strategies."""
        return str(self.doc["name"])

    @property
    def group_arn(self) -> str | None:
        """The Auto Scaling group behind it; None for Fargate's."""
        arn: str | None = self.doc.get("autoScalingGroupProvider", {}).get("autoScalingGroupArn")
        return arn

    @property
    def managed_scaling(self) -> bool:
        """Whether managed scaling is enabled."""
        group = self.doc.get("autoScalingGroupProvider", {})
        return bool(group.get("managedScaling", {}).get("status") == "ENABLED")


@dataclass(slots=True, eq=False)
class Cluster:
    """A cluster and what is in it; `doc` holds what was configured."""

    name: str
    arn: str
    doc: Doc
    tags: Tags = field(default_factory=dict)
    status: str = "ACTIVE"
    attaching_since: datetime | None = None
    """When the capacity providers of Auto Scaling groups last changed."""
    instances: dict[str, Instance] = field(default_factory=dict)
    """By id."""
    services: dict[str, Service] = field(default_factory=dict)
    """The services by name; deleted ones stay until their name is used again."""
    tasks: dict[str, Task] = field(default_factory=dict)
    """The tasks by id; stopped ones stay for an hour."""
