"""Prices of resources in US dollars per hour, in eu-west-1 (AWS price lists, 2026).

Other Regions differ by some ten per cent; texts that show a sum name the Region of the prices.
"""

from __future__ import annotations

from labs.sdk import Leftover

REGION = "eu-west-1"
INSTANCES = {
    "t3.nano": 0.0057,
    "t3.micro": 0.0114,
    "t3.small": 0.0228,
    "t3.medium": 0.0456,
    "t3.large": 0.0912,
    "t3.xlarge": 0.1824,
    "t3a.small": 0.0204,
    "t3a.medium": 0.0408,
    "t4g.micro": 0.0092,
    "t4g.small": 0.0184,
    "c7i-flex.large": 0.0908,
    "m7i-flex.large": 0.1016,
}
ADDRESS = 0.005
"""A public IPv4 address, which an instance in a default subnet has."""
FARGATE_TASK = 0.0123
"""A task of 0.25 vCPU and 0.5 GiB on Linux and x86, the smallest one."""
LOAD_BALANCER = 0.0252
GP3_GIB = 0.088 / 730
"""A GiB of gp3."""
ALARM = 0.10 / 730


def per_hour(thing: Leftover) -> float:
    """The price of a resource in US dollars per hour; 0 if it is free or charged by use (storage, requests)."""
    match thing.kind:
        case "instance":
            return INSTANCES.get(thing.detail, INSTANCES["t3.medium"]) + ADDRESS
        case "load balancer":
            return LOAD_BALANCER + 2 * ADDRESS
        case "task" if thing.detail == "FARGATE":
            return FARGATE_TASK + ADDRESS
        case "volume":
            return float(thing.detail.partition(" ")[0] or 0) * GP3_GIB
        case "alarm":
            return ALARM
    return 0.0
