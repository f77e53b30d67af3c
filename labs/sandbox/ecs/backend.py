"""Replaces moto's ECS backend with the sandbox's, also for other modules of moto.

Batch creates clusters, CloudFormation creates clusters, task definitions and services, Application Auto Scaling looks
up services, and the Resource Groups Tagging API reads tags: all through moto's backend class, whose methods are
implemented here on the sandbox's own state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.core.utils import get_service_model
from moto.ecs.models import (
    Cluster,
    EC2ContainerServiceBackend,
    Service,
    TaskDefinition,
    ecs_backends,
)

from labs.sandbox.ecs.api import clusters, definitions, services
from labs.sandbox.ecs.model.records import Doc
from labs.sandbox.ecs.model.regions import resources, tags_at
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import recorded


class EcsBackend(EC2ContainerServiceBackend):
    """moto's backend with the sandbox's state."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.state = Ecs(account_id, region_name)

    @property
    def _url_module(self) -> Any:
        """The module with the URLs, which moto derives from the name of the class's module."""
        from moto.ecs import urls

        return urls

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Every resource, for the Resource Groups Tagging API."""
        for arn, tags in resources(self.state):
            kind = arn.split(":")[5].partition("/")[0]
            yield TaggedResource(arn=arn, tags=dict(tags), resource_type=f"ecs:{kind}")

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Adds tags. Raises InvalidParameterException."""
        tags_at(self.state, arn).update(tags)

    def untag_resource(self, resource_arn: str, tag_keys: list[str]) -> None:
        """Removes tags by key. Raises InvalidParameterException."""
        tags = tags_at(self.state, resource_arn)
        for key in tag_keys:
            tags.pop(key, None)

    def list_tags_for_resource(self, resource_arn: str) -> list[dict[str, str]]:
        """Tags in the shape of an answer. Raises InvalidParameterException."""
        return [{"key": key, "value": value} for key, value in tags_at(self.state, resource_arn).items()]

    def describe_services(
        self, cluster_str: str, service_names_or_arns: list[str]
    ) -> tuple[list[Any], list[Any]]:
        """The ACTIVE services, for Application Auto Scaling."""
        cluster = self.state.find_cluster(cluster_str)
        found = [self.state.find_service(cluster, name) for name in service_names_or_arns] if cluster else []
        return [service for service in found if service and service.status == "ACTIVE"], []

    def create_cluster(self, cluster_name: str, *_: Any, **__: Any) -> Cluster:
        """For Batch and CloudFormation."""
        self._call("create_cluster", {"clusterName": cluster_name})
        made: Cluster = _new(Cluster, cluster_name, self.account_id, self.region_name)
        return made

    def delete_cluster(self, cluster_str: str) -> Cluster:
        """For Batch and CloudFormation."""
        document = self._call("delete_cluster", {"cluster": cluster_str})["cluster"]
        made: Cluster = _new(Cluster, document["clusterName"], self.account_id, self.region_name)
        return made

    def register_task_definition(
        self, family: str, container_definitions: list[dict[str, Any]], *_: Any, **others: Any
    ) -> TaskDefinition:
        """For CloudFormation."""
        request = {"family": family, "containerDefinitions": container_definitions}
        request |= {name: others[name] for name in ("volumes", "memory") if others.get(name)}
        document = self._call("register_task_definition", request)["taskDefinition"]
        return _task_definition(document, self.account_id, self.region_name)

    def deregister_task_definition(self, task_definition_str: str) -> TaskDefinition:
        """For CloudFormation."""
        document = self._call("deregister_task_definition", {"taskDefinition": task_definition_str})
        return _task_definition(document["taskDefinition"], self.account_id, self.region_name)

    def create_service(
        self, cluster_str: str, service_name: str, desired_count: int, *_: Any, **others: Any
    ) -> Service:
        """For CloudFormation."""
        request = {"cluster": cluster_str, "serviceName": service_name, "desiredCount": desired_count or 0}
        self._call("create_service", request | {"taskDefinition": others.get("task_definition_str")})
        return self._service(cluster_str, service_name)

    def update_service(self, service_properties: dict[str, Any]) -> Service:
        """For CloudFormation."""
        names = {
            "cluster": "cluster",
            "service": "service",
            "task_definition": "taskDefinition",
            "desired_count": "desiredCount",
        }
        request = {names[name]: value for name, value in service_properties.items() if value is not None}
        self._call("update_service", request)
        return self._service(request["cluster"], request["service"])

    def delete_service(self, cluster_name: str, service_name: str, force: bool = False) -> Service:
        """For CloudFormation."""
        service = self._service(cluster_name, service_name)
        self._call("delete_service", {"cluster": cluster_name, "service": service_name, "force": force})
        return service

    def _service(self, cluster: str, name: str) -> Service:
        found = self.state.service(self.state.cluster(cluster), name)
        owner = _new(Cluster, found.cluster.name, self.account_id, self.region_name)
        made: Service = _new(Service, owner, found.name, int(found.doc["desiredCount"]), self)
        return made

    def _call(self, operation: str, request: Doc) -> Doc:
        """The sandbox's response to an operation. A template may contain numbers as text."""
        for module in (clusters, definitions, services):
            if hasattr(module, operation):
                document: Doc = getattr(module, operation)(self.state, _typed(operation, request))
                return document
        raise NotImplementedError(operation)


def _typed(operation: str, request: Doc) -> Doc:
    """The request with values converted to the model's types: CloudFormation templates may hold text for numbers."""
    name = "".join(word.title() for word in operation.split("_"))
    shape = get_service_model("ecs").operation_model(name).input_shape
    typed: Doc = _of_kind(request, shape)
    return typed


def _of_kind(value: Any, shape: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, dict):
        known = shape.members
        return {key: _of_kind(each, known[key]) if key in known else each for key, each in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_of_kind(each, shape.member) for each in value]
    if shape.type_name in ("integer", "long") and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if shape.type_name == "boolean" and value in ("true", "false"):
        return value == "true"
    if shape.type_name == "string" and isinstance(value, int):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _new(kind: Callable[..., object], *arguments: Any) -> Any:
    """An instance of a moto resource class, whose abstract methods are not needed, for its ARN and name."""
    return kind(*arguments)


def _task_definition(document: Doc, account: str, region: str) -> TaskDefinition:
    containers = document["containerDefinitions"]
    made: TaskDefinition = _new(
        TaskDefinition, document["family"], document["revision"], containers, account, region
    )
    return made


@patch(
    "ecs state",
    "moto drops most fields of a service and has no scheduler: the sandbox keeps its own state",
    recorded("ecs:DescribeServices"),
)
def _replace_backend() -> Undo:
    undo = set_attribute(ecs_backends, "backend", EcsBackend)
    ecs_backends.clear()

    def restore() -> None:
        undo()
        ecs_backends.clear()

    return restore
