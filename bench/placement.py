"""Prints the time in which the sandbox places 1,000 tasks, one by one, on 200 hosts: `python -m bench.placement`."""

from __future__ import annotations

from random import Random
from time import perf_counter

from labs.sandbox.ecs.placement.selection import (
    Host,
    ResourceRequest,
    Unplaced,
    choose_host,
    read_constraints,
    read_strategies,
    take,
)

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
ACROSS_ZONES = {"type": "spread", "field": "attribute:ecs.availability-zone"}
CASES: dict[str, tuple[list[dict[str, str]], list[dict[str, str]]]] = {
    "random": ([{"type": "random"}], []),
    "binpack memory": ([{"type": "binpack", "field": "memory"}], []),
    "zones, then instances": ([ACROSS_ZONES, {"type": "spread", "field": "instanceId"}], []),
    "zones, then binpack, with memberOf": (
        [ACROSS_ZONES, {"type": "binpack", "field": "cpu"}],
        [
            {
                "type": "memberOf",
                "expression": "attribute:ecs.instance-type =~ m5.* and runningTasksCount < 12",
            }
        ],
    ),
}


def world(hosts: int) -> dict[str, Host]:
    return {
        arn: Host(
            arn,
            cpu=4096,
            memory=16384,
            attributes={"ecs.availability-zone": ZONES[number % 3], "ecs.instance-type": "m5.xlarge"},
        )
        for number in range(hosts)
        for arn in [f"arn:aws:ecs:eu-west-1:123456789012:container-instance/bench/{number:032x}"]
    }


def place(ask: ResourceRequest, hosts: dict[str, Host], tasks: int, rng: Random) -> None:
    for _ in range(tasks):
        chosen = choose_host(ask, hosts.values(), rng)
        if isinstance(chosen, Unplaced):
            raise SystemExit(chosen.event("bench"))
        hosts[chosen.arn] = take(chosen, ask)


def main() -> None:
    print("1,000 tasks on 200 hosts, one by one")
    for name, (strategies, constraints) in CASES.items():
        ask = ResourceRequest(
            "service:bench",
            cpu=256,
            memory=512,
            strategies=read_strategies(strategies),
            constraints=read_constraints(constraints),
        )
        start = perf_counter()
        place(ask, world(200), 1000, Random(1))
        print(f"{name:36} {perf_counter() - start:6.3f} s")


if __name__ == "__main__":
    main()
