"""The console output of an instance: cloud-init, ecs-init, and why its agent did not register.

AWS's own console has the lines of the kernel and of cloud-init, and those that services write to it. Here the end of
ecs-init's and the agent's logs (/var/log/ecs) is included, because nobody can log in to an instance of the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString

from labs.sandbox.ecs.agents.registration import Agent, agent_of, has_agent, obstacle
from labs.sandbox.ecs.model.regions import of
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.extend import Stock, operation
from labs.sandbox.world import clock


@operation("ec2", "GetConsoleOutput", "moto prints the same boot of a Xen host for every instance")
def get_console_output(response: Any, _: Stock) -> ActionResult:
    """The lines of the last boot; empty for a pending instance."""
    instance = response.ec2_backend.get_instance(response._get_param("InstanceId"))
    ecs = of(response.current_account, response.region)
    lines = () if instance.state == "pending" else tuple(_lines(ecs, instance))
    text = "".join(f"{line}\n" for line in lines)
    output = {"Output": Base64EncodedString.from_raw_string(text)} if lines else {}
    return ActionResult({"InstanceId": instance.id, "Timestamp": clock.now(), **output})


def _lines(ecs: Ecs, instance: Any) -> Iterator[str]:
    agent = agent_of(instance)
    image = instance.ec2_backend.amis.get(instance.image_id)
    yield f"[    0.000000] Linux version of {image.name if image else instance.image_id}"
    for stage, uptime in (("init", 6), ("modules:config", 9), ("modules:final", 11)):
        yield f"[{uptime:5}.000000] cloud-init[1{uptime:03}]: Cloud-init running '{stage}'. Up {uptime}.00 seconds."
    if not (has_agent(instance.ec2_backend, image) or agent.installed):
        yield "[   12.000000] cloud-init[1011]: Cloud-init finished. Up 12.00 seconds."
        return
    if agent.boot.deadlock:
        yield "[***   ] A start job is running for Execute cloud user/final scripts (no limit)"
        yield "[***   ] A start job is running for Amazon Elastic Container Service - container agent (no limit)"
        return
    yield "[   12.000000] cloud-init[1011]: Cloud-init finished. Up 12.00 seconds."
    if agent.boot.agent_stopped:
        yield "[  OK  ] Stopped Amazon Elastic Container Service - container agent."
        return
    yield "[  OK  ] Started Amazon Elastic Container Service - container agent."
    yield 'amazon-ecs-init: level=info msg="Starting Amazon Elastic Container Service Agent"'
    yield f"ecs-agent: {_fate(ecs, instance, agent)}"


def _fate(ecs: Ecs, instance: Any, agent: Agent) -> str:
    """The last line of the agent's log."""
    if agent.arn:
        return (
            f'level=info msg="Registered container instance with cluster!" cluster="{agent.cluster}" '
            f'containerInstanceArn="{agent.arn}"'
        )
    reason = obstacle(ecs, instance, agent) or "it has not tried yet"
    return f'level=error msg="Unable to register as a container instance with ECS" error="{reason}"'
