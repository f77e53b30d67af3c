"""Adds resources that have nothing to do with a lab: a verdict must not change by them.

They have names that start or end like the lab's own, and the lab's own names in another region; some are deleted,
some fill a second page of results. They expose a check that compares parts of names, reads the first page only, or
takes what is INACTIVE for something that is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from labs.content.lab import Lab

ELSEWHERE = "us-east-1"
EXTRA_SERVICES = 12
"""More services than one page of ListServices holds."""
MADE_BY_HAND = frozenset({"application-autoscaling", "autoscaling", "cloudformation", "cloudwatch"}) | {
    *("ec2", "ecr", "ecs", "efs", "elbv2", "iam", "logs", "ssm", "sts")
}
"""Services of labs for which the resources below are enough; for others the solution itself is played again."""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
CONTAINER: list[dict[str, Any]] = [{"name": "other", "image": "busybox", "memory": 16}]


class UnrelatedResources:
    """Adds them to a sandbox, with clients of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        import boto3

        session: Any = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        regions = (environment["AWS_DEFAULT_REGION"], ELSEWHERE)
        self._here, self._elsewhere = (
            {
                service: session.client(service, region, endpoint_url=environment["AWS_ENDPOINT_URL"])
                for service in ("ecs", "ecr", "iam", "logs")
            }
            for region in regions
        )

    def add(self, names: Mapping[str, str]) -> None:
        """Creates all of them, around the names of one lab."""
        for number, name in enumerate(_usable(names)):
            for other in (f"{name}-2", f"a{name}"):
                _make(self._here, other)
                self._role(f"{other}-{number}".replace("/", "-"))
            _make(self._elsewhere, name)
        self._deleted()
        self._second_page(names.get("cluster"))

    def _role(self, name: str) -> None:
        self._here["iam"].create_role(RoleName=name[:64], AssumeRolePolicyDocument=TRUST)

    def _deleted(self) -> None:
        """A cluster, a service and a revision that are INACTIVE."""
        ecs = self._here["ecs"]
        ecs.create_cluster(clusterName="bystander")
        ecs.create_service(
            cluster="bystander", serviceName="web", taskDefinition=self._definition(), desiredCount=0
        )
        ecs.delete_service(cluster="bystander", service="web", force=True)
        ecs.delete_cluster(cluster="bystander")
        ecs.deregister_task_definition(taskDefinition=self._definition())

    def _definition(self) -> str:
        registered = self._here["ecs"].register_task_definition(
            family="bystander", containerDefinitions=CONTAINER
        )
        arn: str = registered["taskDefinition"]["taskDefinitionArn"]
        return arn

    def _second_page(self, cluster: str | None) -> None:
        """Services that want nothing, in the lab's own cluster where it has one."""
        ecs = self._here["ecs"]
        found = ecs.describe_clusters(clusters=[cluster])["clusters"] if cluster else []
        if any(each["status"] == "ACTIVE" for each in found):
            for number in range(EXTRA_SERVICES):
                ecs.create_service(
                    cluster=cluster,
                    serviceName=f"bystander-{number}",
                    taskDefinition=self._definition(),
                    launchType="EC2",
                    desiredCount=0,
                )


def _usable(names: Mapping[str, str]) -> Iterator[str]:
    """The values that can name a thing of AWS's, each once: no paths, ports or account numbers."""
    for value in dict.fromkeys(names.values()):
        if value[0].isalpha() and not set(value) & set(":. "):
            yield value


def _make(clients: Mapping[str, Any], name: str) -> None:
    """One of each kind under this name."""
    flat = name.replace("/", "-")
    clients["ecs"].create_cluster(clusterName=flat)
    clients["ecs"].register_task_definition(family=flat, containerDefinitions=CONTAINER)
    clients["ecr"].create_repository(repositoryName=name.lower())
    clients["logs"].create_log_group(logGroupName=f"/ecs/{name}")


def alike(lab: Lab, names: Mapping[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Names like the lab's own, and the same names in another region: to play its solution there as well.

    A script that cannot run there, as one with a bucket's name that is taken in all regions, makes what it can.
    """
    own = lab.task.own or tuple(names)
    for change in ("{}-2", "a{}"):
        yield {name: change.format(each) if name in own else each for name, each in names.items()}, ""
    yield dict(names), ELSEWHERE
