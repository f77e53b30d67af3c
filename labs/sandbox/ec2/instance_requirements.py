"""Attribute-based instance type selection: InstanceRequirements of Auto Scaling groups and launch templates.

Source: EC2 API reference, InstanceRequirements. The smallest matching type is selected: the sandbox knows no
prices and no capacity.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

Doc = dict[str, Any]


def smallest_type(requirements: Doc, architecture: str) -> str | None:
    """The smallest instance type that meets the requirements, by vCPUs, memory and name; None if there is none."""
    return next((name for name, facts in _by_size() if _fits(name, facts, requirements, architecture)), None)


@lru_cache
def _by_size() -> list[tuple[str, Doc]]:
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    return sorted(INSTANCE_TYPES.items(), key=lambda item: (_cpus(item[1]), _memory(item[1]), item[0]))


def _cpus(facts: Doc) -> int:
    return int(facts["VCpuInfo"]["DefaultVCpus"])


def _memory(facts: Doc) -> int:
    return int(facts["MemoryInfo"]["SizeInMiB"])


def _fits(name: str, facts: Doc, wanted: Doc, architecture: str) -> bool:
    processor = facts.get("ProcessorInfo", {})
    return (
        architecture in processor.get("SupportedArchitectures", ())
        and _within(_cpus(facts), wanted.get("VCpuCount"))
        and _within(_memory(facts), wanted.get("MemoryMiB"))
        and _within(_memory(facts) / 1024 / _cpus(facts), wanted.get("MemoryGiBPerVCpu"))
        and _within(_accelerators(facts), wanted.get("AcceleratorCount"))
        and _named(name, wanted)
        and _has_manufacturer(processor, wanted.get("CpuManufacturers"))
        and all(_is_wanted(wanted.get(key, "excluded"), holds(facts)) for key, holds in _KINDS.items())
        and _is_wanted(wanted.get("LocalStorage", "included"), bool(facts.get("InstanceStorageSupported")))
    )


_KINDS: dict[str, Callable[[Doc], bool]] = {
    "BareMetal": lambda facts: bool(facts.get("BareMetal")),
    "BurstablePerformance": lambda facts: bool(facts.get("BurstablePerformanceSupported")),
}


def _within(value: float, limits: Doc | None) -> bool:
    if not limits:
        return True
    lowest, highest = limits.get("Min"), limits.get("Max")
    return (lowest is None or value >= float(lowest)) and (highest is None or value <= float(highest))


def _accelerators(facts: Doc) -> int:
    return sum(int(gpu.get("Count", 0)) for gpu in facts.get("GpuInfo", {}).get("Gpus", ()))


def _named(name: str, wanted: Doc) -> bool:
    allowed = wanted.get("AllowedInstanceTypes") or ["*"]
    excluded = wanted.get("ExcludedInstanceTypes") or []
    return any(fnmatchcase(name, each) for each in allowed) and not any(
        fnmatchcase(name, each) for each in excluded
    )


def _has_manufacturer(processor: Doc, wanted: list[str] | None) -> bool:
    made_by = str(processor.get("Manufacturer", "")).lower()
    return not wanted or any(made_by.startswith(each.split("-")[0]) for each in wanted)


def _is_wanted(word: str, holds: bool) -> bool:
    return {"included": True, "required": holds, "excluded": not holds}.get(word, True)
