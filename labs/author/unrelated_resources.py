"""Adds resources that have nothing to do with a lab, and must not change its verdict.

Their names start or end like the lab's own, or are the same in another Region; some are deleted,
some fill a second page of results. They expose checks that compare parts of names, read only the first page, or
accept INACTIVE resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from labs.content.lab import Lab

ELSEWHERE = "us-east-1"
UNRELATED = f"resources with similar names or with the lab's names in {ELSEWHERE}"
EXTRA_SERVICES = 12
"""More services than one page of ListServices holds."""
MADE_BY_HAND = frozenset({"application-autoscaling", "autoscaling", "cloudformation", "cloudwatch"}) | {
    *("ec2", "ecr", "ecs", "efs", "elbv2", "iam", "logs", "ssm", "sts")
}
"""Services for which the resources below are sufficient; labs of others play their solution again."""
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
    """Adds unrelated resources to a sandbox."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        from labs.sandbox.control import client

        places = (client(environment), client({**environment, "AWS_DEFAULT_REGION": ELSEWHERE}))
        self._here, self._elsewhere = (
            {service: of(service) for service in ("ecs", "ecr", "iam", "logs")} for of in places
        )

    def add(self, names: Mapping[str, str]) -> None:
        """Adds resources with names similar to these."""
        for number, name in enumerate(_usable(names)):
            for other in (f"{name}-2", f"a{name}"):
                _make(self._here, other)
                self._role(f"{other}-{number}".replace("/", "-"))
            _make(self._elsewhere, name)
        self._add_deleted()
        self._fill_second_page(names.get("cluster"))

    def _role(self, name: str) -> None:
        self._here["iam"].create_role(RoleName=name[:64], AssumeRolePolicyDocument=TRUST)

    def _add_deleted(self) -> None:
        """Adds a cluster, a service and a task definition revision, and deletes them."""
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

    def _fill_second_page(self, cluster: str | None) -> None:
        """Adds services with desired count 0 to the lab's own cluster, if it exists."""
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
    """The distinct values that can be resource names: no paths, ports or account IDs."""
    for value in dict.fromkeys(names.values()):
        if value[0].isalpha() and not set(value) & set(":. "):
            yield value


def _make(clients: Mapping[str, Any], name: str) -> None:
    """Creates one resource of each kind with this name."""
    flat = name.replace("/", "-")
    clients["ecs"].create_cluster(clusterName=flat)
    clients["ecs"].register_task_definition(family=flat, containerDefinitions=CONTAINER)
    clients["ecr"].create_repository(repositoryName=name.lower())
    clients["logs"].create_log_group(logGroupName=f"/ecs/{name}")


def similar_names(lab: Lab, names: Mapping[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Names similar to the lab's own, and the same names in another Region, with which to play its solution.

    A script may fail there, for example because a bucket name is taken in all Regions.
    """
    own = lab.task.own or tuple(names)
    for change in ("{}-2", "a{}"):
        yield {name: change.format(each) if name in own else each for name, each in names.items()}, ""
    yield dict(names), ELSEWHERE
