"""Builders of small labs and worlds for tests: a lab from plain functions, a cluster by boto3 calls."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from labs.content.lab import Lab
from labs.content.lab_task import Cost, Goal, LabTask
from labs.content.verifier import Verifier
from labs.sdk import Account, Check, Failed, Names, Objective, Outcome, Passed
from labs.verify.job import Job


class Ran(NamedTuple):
    """The exit code of a command, and its output and errors."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)

    @property
    def seats(self) -> dict[str, Any]:
        """The seats of a round's document by name."""
        return {seat["name"]: seat for seat in self.json["seats"]}

    def states(self) -> dict[str, str]:
        """The state of each seat's only objective."""
        return {name: seat["labs"][0]["objectives"][0]["state"] for name, seat in self.seats.items()}


Labs = Callable[..., Ran]
"""Runs the command `labs` in this process."""

REGION = "eu-west-1"
ACCOUNT = "123456789012"
DAY = datetime.date(2026, 11, 22)
NOTHING = Cost(0.0, 0.0, "nothing", "https://aws.amazon.com/pricing/", DAY)


def document(*statements: Any) -> str:
    """An IAM policy document of these statements, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def lab(*ids: str, name: str = "made-up", parameters: Mapping[str, str] | None = None, **more: Any) -> Lab:
    """A lab without files, with these objectives."""
    goals = tuple(Goal(each, f"{each} holds", ("Think.", "Think harder.")) for each in ids)
    task = LabTask(
        title="A made-up lab",
        deck="made-up",
        group="tests",
        minutes=1,
        cost=NOTHING,
        objectives=goals,
        parameters=dict(parameters or {}),
        **more,
    )
    return Lab(name, Path("nowhere") / name, task)


def job(
    *objectives: Objective,
    reads: Sequence[str] = (),
    name: str = "made-up",
    parameters: Mapping[str, str] | None = None,
    only: tuple[str, ...] = (),
    given: Mapping[str, str] | None = None,
) -> Job:
    """The job of a lab without files, with these checks."""
    made = lab(*(each.id for each in objectives), name=name, parameters=parameters)
    return Job(made, Verifier(tuple(reads), objectives, ()), dict(given or {}), only)


def says(outcome: Outcome | BaseException) -> Check:
    """A check that makes no calls and always returns this outcome."""

    def check(account: Account, names: Names) -> Outcome:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return check


PASSED = Passed("it holds")
FAILED = Failed(found="something else", expected="that it holds", hint="Does it?")


@contextmanager
def moto_aws() -> Iterator[None]:
    """An empty AWS by moto in this process, while the block runs.

    It does without what takes most of a test's time: moto's support of the library `requests`, its search through its
    classes and its table of URLs at each call, and drawing each digit of an id separately.
    """
    from moto import mock_aws
    from moto.core import models, responses
    from moto.core.base_backend import BaseBackend
    from moto.ec2 import utils

    from labs.sandbox.world.emptying import empty_moto

    names = mock.patch.object(responses, "method_names_from_class", cache(responses.method_names_from_class))
    urls = mock.patch.object(BaseBackend, "urls", _urls())
    digits = mock.patch.object(utils, "random_resource_id", _random_digits)
    shared_session()  # one that is made inside the read-only guard would be guarded for good
    with mock.patch.object(models, "RESPONSES_METHODS", []), names, urls, digits, mock_aws():
        try:
            yield
        finally:
            empty_moto()  # moto's own reset would make each backend again first


@cache
def _urls() -> property:
    from moto.core.base_backend import BaseBackend

    stock = vars(BaseBackend)["urls"].fget
    of = cache(lambda kind: stock(object.__new__(kind)))
    return property(lambda backend: of(type(backend)))


def _random_digits(size: int = 8) -> str:
    return f"{random.getrandbits(4 * size):0{size}x}"


@contextmanager
def embedded_aws() -> Iterator[None]:
    """An empty AWS in this process, with the sandbox's extensions, while the block runs."""
    from labs.sandbox import extend
    from labs.sandbox.world import settling

    extend.install()
    settling.forget()
    try:
        with moto_aws():
            yield
        assert settling.failures == {}
    finally:
        extend.uninstall()


@cache
def shared_session() -> Any:
    """A session for all tests, which has loaded botocore's files once."""
    import boto3
    import moto.core.models  # noqa: F401 - joins botocore's handlers before the session is made
    from botocore.config import Config

    session = boto3.Session("testing", "testing", region_name=REGION)
    session._session.set_default_client_config(Config(user_agent="tests"))  # its own takes long to write
    return session


@cache
def shared_client(service: str, region_name: str = REGION) -> Any:
    """A client for all tests, because creating one takes longer than most tests. Do not register handlers with it."""
    return shared_session().client(service, region_name=region_name)


@cache
def _recommended_image(region: str) -> str:
    """The ECS-optimized AMI of a Region, read once: an empty world creates thousands of parameters for it."""
    name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    value: str = shared_client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"]
    return value


class Builder:
    """Creates resources as a learner would."""

    def __init__(self, region: str = REGION) -> None:
        self._region = region

    def client(self, service: str) -> Any:
        return shared_client(service, self._region)

    def cluster(self, name: str) -> str:
        """Creates a cluster. Returns its ARN."""
        arn: str = self.client("ecs").create_cluster(clusterName=name)["cluster"]["clusterArn"]
        return arn

    def definition(self, family: str, *, memory: int = 256, cpu: int = 0, **container: Any) -> str:
        """Registers a revision with one container. Returns its ARN."""
        one = {
            "name": "app",
            "image": "public.ecr.aws/nginx/nginx",
            "memory": memory,
            "cpu": cpu,
            **container,
        }
        made = self.client("ecs").register_task_definition(family=family, containerDefinitions=[one])
        arn: str = made["taskDefinition"]["taskDefinitionArn"]
        return arn

    def service(self, cluster: str, name: str, family: str, desired: int = 4, **more: Any) -> str:
        """Creates a service on EC2. Returns its ARN."""
        made = self.client("ecs").create_service(
            cluster=cluster,
            serviceName=name,
            taskDefinition=family,
            desiredCount=desired,
            launchType="EC2",
            **more,
        )
        arn: str = made["service"]["serviceArn"]
        return arn

    def instance_role(self, name: str = "ecsInstanceRole") -> str:
        """Creates a role that allows an agent to register, in an instance profile with the same name."""
        iam = self.client("iam")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        allow = {"Effect": "Allow", "Action": ["ecs:*", "ecr:*", "logs:*"], "Resource": "*"}
        iam.put_role_policy(
            RoleName=name,
            PolicyName="agent",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
        )
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return name

    def instances(self, cluster: str, count: int = 2, kind: str = "t3.medium") -> list[str]:
        """Launches EC2 instances that register in the cluster; needs the sandbox's extensions."""
        made = self.client("ec2").run_instances(
            ImageId=_recommended_image(self._region),
            InstanceType=kind,
            MinCount=count,
            MaxCount=count,
            IamInstanceProfile={"Name": self.instance_role()},
            UserData=f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n",
        )
        return [each["InstanceId"] for each in made["Instances"]]

    def packed(
        self, strategy: tuple[dict[str, str], ...] = ({"type": "binpack", "field": "memory"},)
    ) -> None:
        """Creates the solved state of ecs-placement; with another strategy, a failing one."""
        self.cluster("labs-placement")
        self.instances("labs-placement")
        self.definition("labs-packed")
        self.service("labs-placement", "packed", "labs-packed", placementStrategy=list(strategy))
