"""The calls of ecs-placement in N accounts by JOBS threads, in plain boto3: `shared N JOBS`, or `each N JOBS`.

`shared` has one client for all accounts, tuned by hand; `each` has a boto3 session for each account.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials

CLUSTER = "labs-placement"


def role(number: int) -> str:
    return f"arn:aws:iam::{200000000000 + number}:role/labs-check"


def calls(ecs: Any) -> bool:
    ecs.describe_clusters(clusters=[CLUSTER])
    service = ecs.describe_services(cluster=CLUSTER, services=["packed"])["services"][0]
    instances = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    ecs.describe_container_instances(cluster=CLUSTER, containerInstances=instances)
    ecs.describe_task_definition(taskDefinition="labs-packed")
    ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
    tasks = ecs.list_tasks(cluster=CLUSTER, serviceName="packed", desiredStatus="RUNNING")["taskArns"]
    running = ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)["tasks"]
    return len({each["containerInstanceArn"] for each in running}) == 1


KEYS: ContextVar[Any] = ContextVar("keys")


class Keys:
    """The credentials of the account for which the current thread works."""

    method = "shared"

    def get_frozen_credentials(self) -> Any:
        return KEYS.get()

    def get_deferred_property(self, name: str) -> Any:
        return lambda: getattr(KEYS.get(), name)


class Provider:
    def load_credentials(self) -> Keys:
        return Keys()


def shared(jobs: int) -> Any:
    own: Any = botocore.session.get_session().get_credentials()
    ours = own.get_frozen_credentials()
    session = botocore.session.get_session()
    session.register_component("credential_provider", Provider())
    config = Config(max_pool_connections=jobs, retries={"mode": "standard"})
    clients: list[Any] = [session.create_client(name, config=config) for name in ("sts", "ecs")]
    sts, ecs = clients

    def check(number: int) -> bool:
        KEYS.set(ours)
        given = sts.assume_role(RoleArn=role(number), RoleSessionName="bench")["Credentials"]
        keys = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        KEYS.set(keys.get_frozen_credentials())
        return calls(ecs)

    return check


def each(number: int) -> bool:
    sts = boto3.Session().client("sts")
    given = sts.assume_role(RoleArn=role(number), RoleSessionName="bench")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return calls(session.client("ecs"))


if __name__ == "__main__":
    how, number, jobs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with ThreadPoolExecutor(jobs) as pool:
        print(sum(pool.map(shared(jobs) if how == "shared" else each, range(number))))
