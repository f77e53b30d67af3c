"""Container agents: register running EC2 instances in the cluster of their user data, once all requirements are met.

The requirements of AWS's agent, which the sandbox checks after each change, as the agent retries:
an AMI with the agent, or user data that installs it; a configuration that it can read; a role in its
instance profile that EC2 can assume and that allows it to register; the instance metadata service; an ACTIVE cluster;
out on port 443.
Inbound rules don't matter. User data is read at the first boot only.

Three things are simpler than on AWS. An agent without ECS_CLUSTER joins `default`, but does not create it. A
connected agent stays connected while its instance runs: on AWS it would lose an expired role after some hours.
If a script cannot be interpreted completely, only its clear settings apply; if the cluster is not among
them, the agent does not register.
Sources: amazon-ecs-agent (README, `ecs-init`), developer guide "Amazon ECS container instance IAM role" and
"Deregistering an Amazon ECS container instance".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from labs import userdata
from labs.sandbox import hooks
from labs.sandbox.access.roles import role_of_instance
from labs.sandbox.ec2.egress import Origin, reaches
from labs.sandbox.ec2.images import is_ecs_optimized, system_of
from labs.sandbox.ec2.instance_types import instance_size
from labs.sandbox.ecs.agents.agent_install import installs_agent
from labs.sandbox.ecs.api.instances import deregister, register, set_connected
from labs.sandbox.ecs.model.records import Cluster, Instance
from labs.sandbox.ecs.model.regions import of
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.rules.requirements import TASK_ROLE, TASK_ROLE_HOST
from labs.sandbox.world import clock, delays, settling

RECONNECTS_EVERY = 1200.0
"""Seconds between two reconnections of an agent: "several times an hour" (ecs-agent-versions)."""

_TRUE = {"1", "t", "T", "true", "TRUE", "True"}
"""The spellings that Go's strconv.ParseBool accepts as true."""


@dataclass(slots=True)
class Agent:
    """The agent of one EC2 instance: its configuration from the first boot, and where it has registered.

    `installed` says whether the user data installs and starts an agent, `cluster` is None if it is unclear.
    """

    boot: userdata.Boot
    installed: bool
    cluster: str | None
    arn: str | None = None


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The settings that an agent reads from /etc/ecs/ecs.config; `reserved` is in MiB."""

    attributes: dict[str, str | None]
    tags: dict[str, str]
    reserved: int
    copies_tags: bool


@hooks.reconcilers.add("agents")
def register_agents(account: str) -> bool:
    """Updates every agent of the account. Returns whether anything changed."""
    from moto.ec2.models import ec2_backends

    changes = [
        settling.attempt(f"the agent of {machine_.id}", update_agent, of(account, region), machine_)
        for region, backend in sorted(ec2_backends[account].items())
        for machine_ in backend.all_instances()
    ]
    return any(changes)


def update_agent(ecs: Ecs, instance: Any) -> bool:
    """Updates one agent. Returns whether anything changed."""
    agent = agent_of(instance)
    found = _registration(ecs, instance.id)
    if found is not None:
        return _keep_in_touch(ecs, instance, found[0], found[1])
    if agent.arn or instance.state != "running":
        return False
    return _register(ecs, instance, agent)


def agent_of(instance: Any) -> Agent:
    """The instance's agent; its user data is read once, at the first boot."""
    agent: Agent | None = getattr(instance, "ecs_agent", None)
    if agent is None:
        text = str(instance.user_data or "")
        boot = userdata.read(text)
        agent = instance.ecs_agent = Agent(boot, installs_agent(text), _cluster(boot))
    return agent


def _cluster(boot: userdata.Boot) -> str | None:
    try:
        return boot.cluster
    except userdata.Unclear:
        return None


def _clear(boot: userdata.Boot) -> dict[str, str]:
    """The settings whose values can be determined."""
    clear = {}
    for name in boot.config or ():
        with suppress(userdata.Unclear):
            clear[name] = boot[name]
    return clear


def _registration(ecs: Ecs, instance_id: str) -> tuple[Cluster, Instance] | None:
    for cluster in ecs.clusters.values():
        for one in cluster.instances.values():
            if one.instance_id == instance_id:
                return cluster, one
    return None


def _keep_in_touch(ecs: Ecs, instance: Any, cluster: Cluster, found: Instance) -> bool:
    """Disconnects the agent of a stopped instance; deregisters a terminated one whose agent was connected."""
    if instance.state == "terminated" and found.connected:
        deregister(ecs, found.arn)
        return True
    connected = (
        instance.state == "running"
        and not _reconnects(found)
        and (found.connected or _may_poll(ecs, instance, cluster, found.arn))
    )
    if connected == found.connected:
        return False
    set_connected(ecs, found.arn, connected)
    return True


def _reconnects(found: Instance) -> bool:
    """Whether the agent is briefly disconnected, as happens regularly in a realistic world."""
    age = (clock.now() - found.registered_at).total_seconds()
    return age % RECONNECTS_EVERY > RECONNECTS_EVERY - delays.current.reconnecting


def _may_poll(ecs: Ecs, instance: Any, cluster: Cluster, arn: str) -> bool:
    """Whether the agent is allowed to poll for tasks."""
    role = role_of_instance(ecs.account, ecs.region, instance)
    return (
        role is not None
        and role.may("ecs:DiscoverPollEndpoint", "*", aws_RequestedRegion=ecs.region)
        and role.may("ecs:Poll", arn, ecs_cluster=cluster.arn, aws_RequestedRegion=ecs.region)
    )


def _register(ecs: Ecs, instance: Any, agent: Agent) -> bool:
    settings = read_settings(_clear(agent.boot))
    if settings is None or obstacle(ecs, instance, agent) is not None:
        return False
    cluster = ecs.clusters[_cluster_of(ecs, agent)]
    agent.arn = _join(ecs, cluster, instance, settings)
    set_connected(ecs, agent.arn, _may_poll(ecs, instance, cluster, agent.arn))
    return True


def obstacle(ecs: Ecs, instance: Any, agent: Agent) -> str | None:
    """The reason why an agent cannot register, in the words of its log; None if it can."""
    if read_settings(_clear(agent.boot)) is None:
        return "Invalid format in /etc/ecs/ecs.config: JSON is expected"
    if not _runs(instance, agent):
        return "EC2MetadataError: the instance metadata service does not answer, or no agent runs"
    if not _reaches_ecs(instance):
        return f"RequestError: send request failed: dial tcp ecs.{ecs.region}.amazonaws.com:443: i/o timeout"
    role = role_of_instance(ecs.account, ecs.region, instance)
    if role is None:
        return "NoCredentialProviders: no valid providers in chain"
    cluster = ecs.clusters.get(_cluster_of(ecs, agent))
    if cluster is None or cluster.status != "ACTIVE":
        return "ClientException: Cluster not found."
    action = "ecs:RegisterContainerInstance"
    if not role.may(action, cluster.arn, ecs_cluster=cluster.arn, aws_RequestedRegion=ecs.region):
        who = f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{instance.id}"
        return (
            f"AccessDeniedException: User: {who} is not authorized to perform: {action} on resource: "
            f"{cluster.arn} because no identity-based policy allows the {action} action"
        )
    return None


def _cluster_of(ecs: Ecs, agent: Agent) -> str:
    """The name of the agent's cluster, which ECS_CLUSTER can also give as an ARN (amazon-ecs-agent#750)."""
    named = agent.cluster or ""
    return next((name for name, each in ecs.clusters.items() if each.arn == named), named)


def _reaches_ecs(instance: Any) -> bool:
    """Whether HTTPS from the instance reaches ECS, over the internet or by VPC endpoints."""
    origin = Origin.of_instance(instance)
    return all(reaches(origin, name) for name in ("ecs", "ecs-agent", "ecs-telemetry"))


def _runs(instance: Any, agent: Agent) -> bool:
    """Whether an agent runs on the instance: the user data neither stops it nor waits for it forever.

    Without the instance metadata service, an agent learns neither its instance nor its credentials. User data in the
    form of another operating system starts no agent.
    """
    if instance.metadata_options.http_endpoint == "disabled":
        return False
    image = instance.ec2_backend.amis.get(instance.image_id)
    if instance.user_data and agent.boot.system != system_of(image):
        return False
    return (has_agent(instance.ec2_backend, image) or agent.installed) and not (
        agent.boot.agent_stopped or agent.boot.deadlock
    )


def has_agent(backend: Any, image: Any) -> bool:
    """Whether an AMI is ECS-optimized, or was created from an instance of such an AMI."""
    source = getattr(image, "instance", None)
    return is_ecs_optimized(image) or (
        source is not None and has_agent(backend, backend.amis.get(source.image_id))
    )


def _join(ecs: Ecs, cluster: Cluster, instance: Any, settings: AgentSettings) -> str:
    offers = instance_size(instance.instance_type)
    assert offers, "EC2 launches known types only"
    arn = register(
        ecs,
        cluster=cluster.name,
        instance_id=instance.id,
        cpu=offers.cpu,
        memory=offers.memory - settings.reserved,
        zone=instance.placement.zone,
        instance_type=instance.instance_type,
        ami=instance.image_id,
        attributes=settings.attributes,
        gpus=offers.gpus,
    )
    copied = {tag["key"]: tag["value"] for tag in instance.get_tags()} if settings.copies_tags else {}
    own = {name: value for name, value in copied.items() if not name.startswith("aws:")}
    ecs.instance(cluster, arn).tags.update({**own, **settings.tags})
    return arn


def read_settings(config: Mapping[str, str]) -> AgentSettings | None:
    """The configuration as the agent reads it; None if the agent fails on it, for example on malformed JSON.

    ecs-init enables task roles, so only an explicit `false` disables them.
    """
    attributes = _strings(config.get("ECS_INSTANCE_ATTRIBUTES", "{}"))
    tags = _strings(config.get("ECS_CONTAINER_INSTANCE_TAGS", "{}"))
    reserved = config.get("ECS_RESERVED_MEMORY", "0")
    if attributes is None or tags is None:
        return None
    return AgentSettings(
        {**dict.fromkeys(_task_role_capabilities(config)), **attributes},
        tags,
        int(reserved) if reserved.isdigit() else 0,
        config.get("ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM") == "ec2_instance",
    )


def _task_role_capabilities(config: Mapping[str, str]) -> Iterator[str]:
    for variable, capability in (
        ("ECS_ENABLE_TASK_IAM_ROLE", TASK_ROLE),
        ("ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST", TASK_ROLE_HOST),
    ):
        if config.get(variable, "true") in _TRUE:
            yield capability


def _strings(text: str) -> dict[str, str] | None:
    """A JSON object whose values are strings."""
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError:
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    return found
