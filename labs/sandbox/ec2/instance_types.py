"""The CPU units, memory and GPUs that the agent of an instance type registers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNITS_PER_VCPU = 1024
USABLE_MEMORY = 0.95
"""The share of an instance type's memory that Linux makes available. An agent registers what the kernel leaves
("Reserving Amazon ECS Linux container instance memory" of the developer guide), which differs by kernel
and type; on types of the Nitro system 94 to 96 % remain (a t3.medium of 4096 MiB registers about 3884)."""


@dataclass(frozen=True, slots=True)
class InstanceSize:
    """An instance type: CPU in units, memory in MiB as registered, GPUs, architectures, network interfaces."""

    type: str
    cpu: int
    memory: int
    gpus: int
    architectures: tuple[str, ...]
    interfaces: int


def instance_size(instance_type: str) -> InstanceSize | None:
    """The instance type with this name, from moto's copy of DescribeInstanceTypes; None if there is none."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    facts: dict[str, Any] | None = INSTANCE_TYPES.get(instance_type)
    if facts is None:
        return None
    return InstanceSize(
        instance_type,
        int(facts["VCpuInfo"]["DefaultVCpus"]) * UNITS_PER_VCPU,
        int(facts["MemoryInfo"]["SizeInMiB"] * USABLE_MEMORY),
        sum(gpu.get("Count", 0) for gpu in facts.get("GpuInfo", {}).get("Gpus", [])),
        tuple(facts.get("ProcessorInfo", {}).get("SupportedArchitectures", ())),
        int(facts.get("NetworkInfo", {}).get("MaximumNetworkInterfaces", 2)),
    )
