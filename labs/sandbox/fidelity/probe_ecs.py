"""Probes of ECS: what services, task definitions, clusters and agents keep and do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from labs.sandbox.fidelity.probes import ECS, FARGATE, Bench, Doc, Probe, allow, keys

_KEPT: Doc = {
    "placementStrategy": [{"type": "binpack", "field": "memory"}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type == t3.small"}],
    "desiredCount": 2,
    "launchType": "EC2",
    "schedulingStrategy": "REPLICA",
    "healthCheckGracePeriodSeconds": 30,
    "enableECSManagedTags": True,
    "availabilityZoneRebalancing": "DISABLED",
    "propagateTags": "SERVICE",
}


def _kept(name: str, bench: Bench) -> bool:
    bench.define()
    return bool(bench.serve(**{"count": 0, **_renamed(name)}).get(name) == _KEPT[name])


def _renamed(name: str) -> Doc:
    return {"count" if name == "desiredCount" else name: _KEPT[name]}


def _network(bench: Bench) -> bool:
    found = bench.serve_on_fargate()["networkConfiguration"]["awsvpcConfiguration"]
    given = bench.network["awsvpcConfiguration"]
    return all(found[name] == given[name] for name in given)


def strategy_kept(bench: Bench) -> bool:
    """Whether a service keeps the capacity provider strategy with which it was created."""
    bench.define(**FARGATE)
    bench.client("ecs").put_cluster_capacity_providers(
        cluster=bench.cluster,
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    wanted = [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
    ]
    found = bench.serve(5, capacityProviderStrategy=wanted, networkConfiguration=bench.network)
    return bool(found.get("capacityProviderStrategy") == wanted)


def _deployment_configuration(bench: Bench) -> bool:
    bench.define()
    wanted = {"minimumHealthyPercent": 50, "maximumPercent": 150}
    found: Doc = bench.serve(0, deploymentConfiguration=wanted).get("deploymentConfiguration") or {}
    return wanted.items() <= found.items()


def configured_at_launch(bench: Bench) -> Doc:
    """The service that is created with a volume configured at launch."""
    role = bench.role(ECS, allow("ec2:*"))
    bench.define(volumes=[{"name": "data", "configuredAtLaunch": True}], **FARGATE)
    volume = {"name": "data", "managedEBSVolume": {"roleArn": role, "sizeInGiB": 20}}
    return bench.serve_on_fargate(taskDefinition=bench.name, volumeConfigurations=[volume])


def _volume_configurations(bench: Bench) -> bool:
    return bool(configured_at_launch(bench)["deployments"][0].get("volumeConfigurations"))


def _runs(bench: Bench) -> bool:
    found = bench.serve_on_fargate(2)
    return bool(found["runningCount"] == 2 and len(bench.tasks(serviceName=bench.name)) == 2)


def _events(bench: Bench) -> bool:
    found = bench.serve_on_fargate()
    return any("has reached a steady state" in each["message"] for each in found["events"])


def _completes(bench: Bench) -> bool:
    return bool(bench.serve_on_fargate()["deployments"][0]["rolloutState"] == "COMPLETED")


def _rolls(bench: Bench) -> bool:
    bench.serve_on_fargate()
    revision = bench.define(**FARGATE)
    bench.client("ecs").update_service(cluster=bench.cluster, service=bench.name, taskDefinition=revision)
    return all(task["taskDefinitionArn"].endswith(revision) for task in bench.tasks()) and bool(bench.tasks())


def _task_details(bench: Bench) -> bool:
    bench.serve_on_fargate()
    [task] = bench.tasks()
    return {"availabilityZone", "cpu", "memory", "startedAt", "attachments"} <= task.keys()


def _definition(bench: Bench) -> bool:
    bench.define(container={"readonlyRootFilesystem": True, "mountPoints": []})
    answer = bench.client("ecs").describe_task_definition(taskDefinition=bench.name)["taskDefinition"]
    families = bench.client("ecs").list_task_definition_families(familyPrefix=bench.name)["families"]
    return bool(answer["containerDefinitions"][0]["readonlyRootFilesystem"] and families == [bench.name])


def _newest_active(bench: Bench) -> bool:
    ecs, _, second = bench.client("ecs"), bench.define(), bench.define()
    ecs.deregister_task_definition(taskDefinition=second)
    return bool(ecs.describe_task_definition(taskDefinition=bench.name)["taskDefinition"]["revision"] == 1)


def _fargate_sizes(bench: Bench) -> bool:
    return bench.refuses(partial(bench.define, **{**FARGATE, "memory": "4096"}))


def _registers(bench: Bench) -> bool:
    host = bench.boot()
    [found] = bench.instances()
    return bool(found["ec2InstanceId"] == host and found["agentConnected"])


def _capability(bench: Bench) -> bool:
    bench.boot()
    [found] = bench.instances()
    names = {each["name"] for each in found["attributes"]}
    return {"com.amazonaws.ecs.capability.task-iam-role", "ecs.instance-type"} <= names


def _own_size(bench: Bench) -> bool:
    bench.boot()
    [found] = bench.instances()
    sizes: dict[str, int] = {
        each["name"]: each.get("integerValue", 0) for each in found["registeredResources"]
    }
    return 1024 < sizes["MEMORY"] < 2048


def _cluster_counts(bench: Bench) -> bool:
    bench.serve_on_fargate()
    [found] = bench.client("ecs").describe_clusters(clusters=[bench.cluster])["clusters"]
    return bool((found["activeServicesCount"], found["runningTasksCount"]) == (1, 1))


def _listed(bench: Bench) -> bool:
    found, ecs = bench.serve_on_fargate(0), bench.client("ecs")
    services = ecs.list_services(cluster=bench.cluster)["serviceArns"]
    return bool(
        services == [found["serviceArn"]] and found["clusterArn"] in ecs.list_clusters()["clusterArns"]
    )


def _cannot_place(bench: Bench) -> bool:
    bench.define()
    found = bench.serve()
    return any("unable to place a task" in each["message"] for each in found["events"])


def _constrained(bench: Bench) -> bool:
    bench.boot()
    bench.define()
    found = bench.serve(2, placementConstraints=[{"type": "distinctInstance"}])
    return bool(found["runningCount"] == 1)


def _ports(bench: Bench) -> bool:
    bench.boot()
    bench.define(container={"portMappings": [{"containerPort": 80, "hostPort": 0}]})
    bench.serve(2)
    bound = {task["containers"][0]["networkBindings"][0]["hostPort"] for task in bench.tasks()}
    return len(bound) == 2 and min(bound) > 1023


_SERVICES, _TASKS = "ecs:DescribeServices", "ecs:DescribeTasks"

_PLACED = keys(_TASKS, "containerInstanceArn", "availabilityZone")


def _service_keeps(name: str, run: Callable[[Bench], bool]) -> Probe:
    return Probe(f"ecs.service.{name}", f"a service keeps its {name}", run, keys(_SERVICES, name))


PROBES = (
    *(_service_keeps(name, partial(_kept, name)) for name in _KEPT),
    _service_keeps("networkConfiguration", _network),
    _service_keeps("capacityProviderStrategy", strategy_kept),
    _service_keeps("deploymentConfiguration", _deployment_configuration),
    Probe(
        "ecs.service.volumeConfigurations",
        "a deployment keeps its volumeConfigurations",
        _volume_configurations,
        keys(_SERVICES, "volumeConfigurations"),
    ),
    Probe(
        "ecs.service.tasks",
        "a service reaches its desired count, and its tasks are listed",
        _runs,
        (
            *keys(_SERVICES, "runningCount", "pendingCount"),
            *keys("ecs:ListTasks", "taskArns"),
            *keys(_TASKS, "tasks"),
        ),
    ),
    Probe("ecs.service.events", "a service tells what it does", _events, keys(_SERVICES, "events")),
    Probe("ecs.service.deployments", "a deployment completes", _completes, keys(_SERVICES, "rolloutState")),
    Probe(
        "ecs.service.rolls",
        "a new revision replaces the tasks of the old one",
        _rolls,
        keys(_TASKS, "taskDefinitionArn"),
    ),
    Probe(
        "ecs.service.unplaced",
        "a service says why it cannot place a task",
        _cannot_place,
        keys(_SERVICES, "events"),
    ),
    Probe(
        "ecs.task.details",
        "a task shows its zone, sizes, times and network",
        _task_details,
        keys(_TASKS, "availabilityZone", "cpu", "memory", "createdAt", "startedAt", "attachments"),
    ),
    Probe(
        "ecs.task-definition.fields",
        "a task definition keeps its fields, and its family is listed",
        _definition,
        (
            *keys("ecs:DescribeTaskDefinition", "containerDefinitions"),
            *keys("ecs:ListTaskDefinitionFamilies", "families"),
        ),
    ),
    Probe(
        "ecs.task-definition.newest",
        "a family stands for its newest ACTIVE revision",
        _newest_active,
        keys("ecs:DescribeTaskDefinition", "status"),
    ),
    Probe("ecs.task-definition.fargate", "sizes that Fargate does not have are refused", _fargate_sizes),
    Probe(
        "ecs.cluster.counts",
        "a cluster counts its services and tasks",
        _cluster_counts,
        keys("ecs:DescribeClusters", "activeServicesCount", "runningTasksCount", "pendingTasksCount"),
    ),
    Probe(
        "ecs.cluster.lists",
        "clusters and their services are listed",
        _listed,
        (*keys("ecs:ListClusters", "clusterArns"), *keys("ecs:ListServices", "serviceArns")),
    ),
    Probe(
        "ecs.agent.registers",
        "an instance that boots with the agent registers itself",
        _registers,
        (
            *keys("ecs:DescribeClusters", "registeredContainerInstancesCount"),
            *keys("ecs:ListContainerInstances", "containerInstanceArns"),
            *keys("ecs:DescribeContainerInstances", "containerInstances"),
        ),
    ),
    Probe(
        "ecs.agent.capabilities",
        "an agent reports its attributes",
        _capability,
        keys("ecs:DescribeContainerInstances", "attributes"),
    ),
    Probe(
        "ecs.agent.size",
        "a container instance has the size of its type",
        _own_size,
        keys("ecs:DescribeContainerInstances", "registeredResources", "remainingResources"),
    ),
    Probe("ecs.placement.constraints", "placement constraints hold", _constrained, _PLACED),
    Probe(
        "ecs.placement.ports", "tasks get host ports of their own", _ports, keys(_TASKS, "networkBindings")
    ),
)
"""Each is tried under names of its own."""
