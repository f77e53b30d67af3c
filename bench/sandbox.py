"""Prints the cost of the sandbox compared with plain moto: medians of alternating runs, ratios in one run.

python -m bench.sandbox [RUNS]
"""

from __future__ import annotations

import os
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.memory import resident
from labs.sandbox.control import reset, throw_away

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
KEYS = {"aws_access_key_id": "bench", "aws_secret_access_key": "-", "region_name": "eu-west-1"}
TASKS, INSTANCES = 1000, 200
CONTAINER = {"name": "web", "image": "nginx", "memory": 64, "cpu": 16}


def client(service: str, url: str | None = None) -> Any:
    import boto3

    return boto3.client(service, endpoint_url=url, **KEYS)  # type: ignore[call-overload] # any service


def seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def cpu_seconds(call: Callable[[], Any]) -> float:
    """The CPU seconds of a call, which other processes do not affect."""
    started = time.process_time()
    call()
    return time.process_time() - started


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def bare_moto() -> Iterator[str]:
    """Starts moto's own server with its defaults."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                select.select([], [], [], 0.01)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@contextmanager
def sandbox() -> Iterator[str]:
    with throw_away() as found:
        yield found.url


FIRST: dict[str, Callable[[str], Any]] = {
    "sts": lambda url: client("sts", url).get_caller_identity(),
    "ecs": lambda url: client("ecs", url).list_clusters(),
    "ec2": lambda url: client("ec2", url).describe_vpcs(),
}


def first_answer(start: Callable[[], Any], ask: Callable[[str], Any]) -> float:
    started = time.perf_counter()
    with start() as url:
        ask(url)
        return time.perf_counter() - started


def report(what: str, figure: str, limit: str, ok: bool) -> None:
    print(f"{what:<46} {figure:<34} (at most {limit}){'' if ok else '  MISSED'}")


def starts() -> None:
    for service, ask in FIRST.items():
        client(service)
        pairs = [(first_answer(sandbox, ask), first_answer(bare_moto, ask)) for _ in range(RUNS)]
        ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(mine / bare for mine, bare in pairs)
        report(
            f"start to first answer of {service}",
            f"{ours:.2f} s, moto {theirs:.2f} s: {ratio:.2f} x",
            "2.5 x",
            ratio <= 2.5,
        )


def world_of_one_service(url: str) -> Any:
    ecs = client("ecs", url)
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(family="web", containerDefinitions=[CONTAINER])
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2)
    return ecs


def describe(ecs: Any) -> None:
    ecs.describe_services(cluster="prod", services=["web"])


def reads_and_resets() -> None:
    with throw_away() as ours, bare_moto() as theirs:
        mine, bare = world_of_one_service(ours.url), world_of_one_service(theirs)
        pairs = [
            (seconds(partial(describe, mine)), seconds(partial(describe, bare))) for _ in range(RUNS * 40)
        ]
        ratio = statistics.median(a / b for a, b in pairs)
        a, b = (statistics.median(each) * 1000 for each in zip(*pairs, strict=True))
        report("describe-services", f"{a:.1f} ms, moto {b:.1f} ms: {ratio:.2f} x", "1.3 x", ratio <= 1.3)
        took = []
        for _ in range(RUNS):
            took.append(seconds(lambda: reset(ours.home)))
            world_of_one_service(ours.url)
        worst = statistics.median(took)
        report("reset", f"{worst * 1000:.0f} ms", "1 s", worst < 1)


def placing() -> None:
    """Measures placement without HTTP: 1,000 tasks of one service on 200 instances."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "-",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    }
    from moto import mock_aws

    from labs.sandbox import extend
    from labs.sandbox.ecs.api.instances import register
    from labs.sandbox.ecs.model.regions import of

    extend.install()
    strategies = {
        "binpack": [{"type": "binpack", "field": "memory"}],
        "spread": [
            {"type": "spread", "field": "attribute:ecs.availability-zone"},
            {"type": "spread", "field": "instanceId"},
        ],
    }
    for name, strategy in strategies.items():
        with mock_aws():
            ecs = client("ecs")
            ecs.create_cluster(clusterName="prod")
            for number in range(INSTANCES):
                register(
                    of("123456789012", "eu-west-1"),
                    cluster="prod",
                    instance_id=f"i-{number:017x}",
                    cpu=2048,
                    memory=4096,
                    zone=f"eu-west-1{'abc'[number % 3]}",
                    instance_type="t3.medium",
                    ami="ami-1",
                    attributes={},
                )
            ecs.register_task_definition(family="web", containerDefinitions=[CONTAINER])
            request = {
                "cluster": "prod",
                "serviceName": "web",
                "taskDefinition": "web",
                "desiredCount": TASKS,
            }
            took = cpu_seconds(lambda: ecs.create_service(**request, placementStrategy=strategy))  # noqa: B023 - called at once
            running = ecs.describe_services(cluster="prod", services=["web"])["services"][0]["runningCount"]
            assert running == TASKS, f"{running} tasks run"
            report(f"{TASKS} tasks on {INSTANCES} instances, {name}", f"{took:.2f} s of CPU", "1 s", took < 1)
    extend.uninstall()


def memory() -> None:
    """Measures the server's resident memory with 1,000 tasks on Fargate."""
    with throw_away() as found:
        ecs, ec2 = client("ecs", found.url), client("ec2", found.url)
        subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
        ecs.create_cluster(clusterName="prod")
        fargate = {
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
        }
        ecs.register_task_definition(family="web", containerDefinitions=[CONTAINER], **fargate)
        network = {"awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}}
        request = {
            "cluster": "prod",
            "taskDefinition": "web",
            "launchType": "FARGATE",
            "networkConfiguration": network,
        }
        ecs.create_service(**request, serviceName="web", desiredCount=TASKS)
        running = ecs.describe_services(cluster="prod", services=["web"])["services"][0]["runningCount"]
        assert running == TASKS, f"{running} tasks run"
        size = resident(found.pid)
        report(f"memory with {TASKS} tasks", f"{size} MiB", "220 MiB", size <= 220)


def main() -> None:
    warnings.simplefilter("ignore")
    os.environ["HOME"] = tempfile.mkdtemp()
    placing()
    memory()
    reads_and_resets()
    starts()


if __name__ == "__main__":
    main()
