"""The resources that tasks reserve and that instances have, converted between documents and placement values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from labs.sandbox.ec2.instance_types import instance_size
from labs.sandbox.ecs.model.records import Deployment, Doc, Instance, Task, TaskDefinition
from labs.sandbox.ecs.placement.rules import Strategy, read_constraints, read_strategies
from labs.sandbox.ecs.placement.selection import Host, Port, ResourceRequest

RESERVED_PORTS = ("22", "2376", "2375", "51678", "51679")
"""The ports that the agent reserves for SSH, Docker and itself."""

UNLIMITED = 1000
FIRST_DYNAMIC_PORT = 32768
"""The lower end of /proc/sys/net/ipv4/ip_local_port_range on Amazon Linux."""


def size(definition: TaskDefinition, overrides: Doc) -> tuple[int, int]:
    """The CPU units and MiB that a task reserves: the task's own, or the sum over its containers."""
    return _size(definition, overrides, "cpu"), _size(definition, overrides, "memory")


def _size(definition: TaskDefinition, overrides: Doc, name: str) -> int:
    whole = overrides.get(name) or definition.doc.get(name)
    if whole:
        return int(whole)
    changed = {each.get("name"): each for each in overrides.get("containerOverrides") or ()}
    return sum(
        _container_size({**each, **changed.get(each["name"], {})}, name) for each in definition.containers
    )


def _container_size(container: Doc, name: str) -> int:
    if name == "cpu":
        return int(container.get("cpu") or 0)
    # The soft limit is what counts, where there is one (API reference, ContainerDefinition).
    return int(container.get("memoryReservation") or container.get("memory") or 0)


def gpus(definition: TaskDefinition) -> int:
    """The number of GPUs that the containers reserve."""
    needs = (need for each in definition.containers for need in each.get("resourceRequirements") or ())
    return sum(int(need["value"]) for need in needs if need["type"] == "GPU")


def static_ports(definition: TaskDefinition) -> frozenset[Port]:
    """The static host ports of the task definition."""
    if definition.network_mode not in ("bridge", "host"):
        return frozenset()
    mappings = (mapping for each in definition.containers for mapping in each["portMappings"])
    return frozenset(
        (mapping["protocol"], mapping["hostPort"]) for mapping in mappings if mapping.get("hostPort")
    )


def resource_request(
    definition: TaskDefinition,
    request: Doc,
    group: str,
    default: tuple[Strategy, ...],
    deployment: Deployment | None = None,
) -> ResourceRequest:
    """The resources and attributes that a task requires of an instance. Raises BadPlacement."""
    cpu, memory = size(definition, request.get("overrides") or {})
    return ResourceRequest(
        group=group,
        deployment=deployment.id if deployment else "",
        cpu=cpu,
        memory=memory,
        gpus=gpus(definition),
        ports=static_ports(definition),
        requires=frozenset(each["name"] for each in definition.doc.get("requiresAttributes", ())),
        constraints=(
            *read_constraints(definition.doc["placementConstraints"], in_task_definition=True),
            *read_constraints(request.get("placementConstraints") or ()),
        ),
        strategies=read_strategies(request.get("placementStrategy") or ()) or default,
        interfaces=int(definition.network_mode == "awsvpc"),
    )


def host(instance: Instance) -> Host:
    """The instance as a value for placement."""
    tasks = instance.tasks.values()
    cpu, memory, gpu = _taken(tasks)
    return Host(
        arn=instance.arn,
        cpu=instance.cpu - cpu,
        memory=instance.memory - memory,
        gpus=instance.gpus - gpu,
        ports=frozenset(("tcp", int(port)) for port in RESERVED_PORTS) | bound_ports(instance),
        attributes=instance.attributes,
        groups=Counter(task.group for task in tasks if task.wanted),
        deployments=Counter(task.deployment.id for task in tasks if task.wanted and task.deployment),
        instance_id=instance.instance_id,
        agent_connected=instance.connected,
        agent_version=instance.agent_version,
        registered_at=instance.registered_at,
        running=sum(task.status == "RUNNING" for task in tasks),
        interfaces=_interfaces(instance) - sum(task.definition.network_mode == "awsvpc" for task in tasks),
    )


def _interfaces(instance: Instance) -> int:
    """The number of network interfaces for tasks on an instance; the first one belongs to the instance."""
    found = instance_size(instance.attributes.get("ecs.instance-type") or "")
    return found.interfaces - 1 if found else UNLIMITED


def _taken(tasks: Iterable[Task]) -> tuple[int, int, int]:
    cpu = memory = gpu = 0
    for task in tasks:
        cpu += int(task.doc["cpu"])
        memory += int(task.doc["memory"])
        gpu += gpus(task.definition)
    return cpu, memory, gpu


def bound_ports(instance: Instance) -> frozenset[Port]:
    """The host ports of its tasks, including dynamic ones."""
    bindings = (
        binding
        for task in instance.tasks.values()
        for container in task.doc["containers"]
        for binding in container["networkBindings"]
    )
    return frozenset((binding["protocol"], binding["hostPort"]) for binding in bindings)


def bind(definition: TaskDefinition, instance: Instance) -> dict[str, list[Doc]]:
    """The network bindings of each container of a task that starts on the instance, with dynamic ports assigned."""
    taken = set(bound_ports(instance))
    bindings: dict[str, list[Doc]] = {}
    for container in definition.containers:
        bindings[container["name"]] = [
            _binding(mapping, taken)
            for mapping in container["portMappings"]
            if definition.network_mode in ("bridge", "host") and "containerPort" in mapping
        ]
    return bindings


def _binding(mapping: Doc, taken: set[Port]) -> Doc:
    protocol, port = mapping["protocol"], mapping.get("hostPort") or FIRST_DYNAMIC_PORT
    while not mapping.get("hostPort") and (protocol, port) in taken:
        port += 1
    taken.add((protocol, port))
    everywhere = "0.0.0.0"  # noqa: S104 - what Docker reports: nothing is bound here
    return {
        "bindIP": everywhere,
        "containerPort": mapping["containerPort"],
        "hostPort": port,
        "protocol": protocol,
    }


def registered(instance: Instance) -> list[Doc]:
    """The registered resources of the instance, as a document."""
    return _resources(instance, instance.cpu, instance.memory, frozenset())


def remaining(instance: Instance) -> list[Doc]:
    """The remaining resources, as a document. PORTS lists the ports that are taken, as on AWS."""
    tasks = list(instance.tasks.values())
    cpu, memory, _ = _taken(tasks)
    ports = frozenset[Port]().union(*(static_ports(task.definition) for task in tasks))
    return _resources(instance, instance.cpu - cpu, instance.memory - memory, ports)


def _resources(instance: Instance, cpu: int, memory: int, ports: frozenset[Port]) -> list[Doc]:
    taken = {
        kind: [str(port) for protocol, port in sorted(ports) if protocol == kind] for kind in ("tcp", "udp")
    }
    resources = [
        _resource("CPU", integer=cpu),
        _resource("MEMORY", integer=memory),
        _resource("PORTS", strings=[*RESERVED_PORTS, *taken["tcp"]]),
        _resource("PORTS_UDP", strings=taken["udp"]),
    ]
    if instance.gpus:
        resources.append(_resource("GPU", strings=[f"GPU-{number}" for number in range(instance.gpus)]))
    return resources


def _resource(name: str, *, integer: int = 0, strings: list[str] | None = None) -> Doc:
    kind = "INTEGER" if strings is None else "STRINGSET"
    resource: Doc = {"name": name, "type": kind, "doubleValue": 0.0, "longValue": 0, "integerValue": integer}
    if strings is not None:
        resource["stringSetValue"] = strings
    return resource
