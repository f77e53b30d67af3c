"""Prints the resident memory of a sandbox before and after N accounts create a role: `python -m bench.memory [N]`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from labs.sandbox.control import throw_away

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def main() -> None:
    """Prints MiB before and after."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 330
    with throw_away() as sandbox:
        before = resident(sandbox.pid)
        started = time.perf_counter()
        for number in range(accounts):
            make_role(sandbox.url, f"{number + 1:012}")
        seconds = time.perf_counter() - started
        print(
            f"{accounts} accounts with a role: {before} MiB -> {resident(sandbox.pid)} MiB in {seconds:.0f} s"
        )


def make_role(endpoint: str, account: str) -> None:
    """Creates a role with a managed policy."""
    iam: Any = boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id=f"AKIASBOX{account}",
        aws_secret_access_key="sandbox",
    )
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="task", PolicyArn=POLICY)


def resident(pid: int) -> int:
    """The resident set of a process in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


if __name__ == "__main__":
    main()
