"""The account that a check reads, and the outcomes and leftovers that it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import copy_context
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_efs import EFSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


Names = Mapping[str, str]
"""A lab's parameters by name, with `{account}` and `{region}` filled in."""


class Passed(msgspec.Struct, frozen=True):
    """The objective is met.

    `found` is one short phrase for people. `evidence` holds JMESPath expressions on the answers that the check
    read (`services[0].placementStrategy`); their values are stored with the verdict.
    """

    found: str
    evidence: str | tuple[str, ...] = ()


class Failed(msgspec.Struct, frozen=True):
    """The objective is not met: what was found, what was expected, and a hint that does not name the command.

    `near` holds names that the learner may have meant ("labs-place", "labs-placement in us-east-1").
    """

    found: str
    expected: str
    hint: str
    evidence: str | tuple[str, ...] = ()
    near: tuple[str, ...] = ()


Outcome = Passed | Failed


class Clients(Protocol):
    """Returns read-only boto3 clients: one for each service and Region, shared by all checks."""

    def __call__(self, service: str, region: str) -> Any:
        """The client of a service, by boto3's name for it."""


class Account(msgspec.Struct, frozen=True):
    """One AWS account in one Region, as a check sees it.

    `neighbours` are Regions in which a learner may have created resources by mistake. `at` is the time of the record
    that a check replays; None if it replays none.
    """

    identify: Callable[[], str]
    region: str
    clients: Clients
    neighbours: tuple[str, ...] = ()
    at: datetime | None = None

    @property
    def now(self) -> datetime:
        """The time of the check, with its time zone."""
        return self.at or datetime.now(UTC)

    @property
    def id(self) -> str:
        """The account ID, twelve digits. AWS is asked for it in parallel, so this may wait for the answer."""
        return self.identify()

    @property
    def ecs(self) -> ECSClient:
        """Elastic Container Service."""
        return self.client("ecs")  # type: ignore[no-any-return]

    @property
    def ecr(self) -> ECRClient:
        """Elastic Container Registry."""
        return self.client("ecr")  # type: ignore[no-any-return]

    @property
    def iam(self) -> IAMClient:
        """Identity and Access Management."""
        return self.client("iam")  # type: ignore[no-any-return]

    @property
    def ec2(self) -> EC2Client:
        """Instances, images, subnets, security groups."""
        return self.client("ec2")  # type: ignore[no-any-return]

    @property
    def elbv2(self) -> ElasticLoadBalancingv2Client:
        """Application and network load balancers."""
        return self.client("elbv2")  # type: ignore[no-any-return]

    @property
    def autoscaling(self) -> AutoScalingClient:
        """Auto Scaling groups."""
        return self.client("autoscaling")  # type: ignore[no-any-return]

    @property
    def application_autoscaling(self) -> ApplicationAutoScalingClient:
        """Scalable targets and their policies."""
        return self.client("application-autoscaling")  # type: ignore[no-any-return]

    @property
    def cloudwatch(self) -> CloudWatchClient:
        """Metrics and alarms."""
        return self.client("cloudwatch")  # type: ignore[no-any-return]

    @property
    def efs(self) -> EFSClient:
        """Elastic File System."""
        return self.client("efs")  # type: ignore[no-any-return]

    @property
    def logs(self) -> CloudWatchLogsClient:
        """Log groups."""
        return self.client("logs")  # type: ignore[no-any-return]

    @property
    def s3(self) -> S3Client:
        """Buckets and objects."""
        return self.client("s3")  # type: ignore[no-any-return]

    @property
    def sqs(self) -> SQSClient:
        """Queues."""
        return self.client("sqs")  # type: ignore[no-any-return]

    @property
    def sns(self) -> SNSClient:
        """Topics and subscriptions."""
        return self.client("sns")  # type: ignore[no-any-return]

    @property
    def dynamodb(self) -> DynamoDBClient:
        """Tables and items."""
        return self.client("dynamodb")  # type: ignore[no-any-return]

    @property
    def kms(self) -> KMSClient:
        """Keys."""
        return self.client("kms")  # type: ignore[no-any-return]

    @property
    def lambda_(self) -> LambdaClient:
        """Functions."""
        return self.client("lambda")  # type: ignore[no-any-return]

    def client(self, service: str) -> Any:
        """Any other service's client, by boto3's name for it."""
        return self.clients(service, self.region)

    def elsewhere(self) -> Iterator[Account]:
        """The same account in each neighbouring Region, only to find where a missing resource may be instead."""
        for region in self.neighbours:
            if region != self.region:
                yield Account(self.identify, region, self.clients, at=self.at)

    def nearby(self, wanted: str, names: Callable[[Account], Iterable[str]]) -> tuple[str, ...]:
        """Similar names of resources here or in neighbouring Regions, which the learner may have created instead.

        A Region that cannot be read is skipped: the names are for a hint, never for a verdict.
        """
        from concurrent.futures import ThreadPoolExecutor

        found = [*near(wanted, names(self))]
        regions = list(self.elsewhere())
        with ThreadPoolExecutor(max_workers=max(1, len(regions))) as pool:
            pending = [pool.submit(copy_context().run, _names_or_none, names, region) for region in regions]
            for region, future in zip(regions, pending, strict=True):
                there = future.result()
                alike = [wanted] if wanted in there else near(wanted, there, at_most=1)
                found.extend(f"{name} in {region.region}" for name in alike)
        return tuple(found)


def _names_or_none(names: Callable[[Account], Iterable[str]], region: Account) -> list[str]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return list(names(region))
    except (BotoCoreError, ClientError):
        return []


Check = Callable[[Account, Names], Outcome]


class Leftover(msgspec.Struct, frozen=True):
    """A resource that a lab left behind.

    `kind` decides how it is removed ("load balancer"). `id` is the identifier for AWS's API, `name` the one for people.
    """

    kind: str
    id: str
    name: str = ""
    within: str = ""
    """The resource that it is a part of: the cluster of a service, the role of a policy."""
    detail: str = ""
    """The property that its price depends on: an instance type, a launch type, the size of a volume."""
    shared: bool = False
    """Whether the learner chose its name, so that other things may use it as well."""

    def __str__(self) -> str:
        called = self.name or self.id
        other = f" {self.id}" if self.name and not self.id.startswith("arn:") and self.id != self.name else ""
        detail = f" ({self.detail})" if self.detail else ""
        within = f" of {self.within}" if self.within else ""
        return f"{self.kind} {called}{other}{detail}{within}"


class Leftovers(msgspec.Struct, frozen=True):
    """Finds what a lab left behind, by the names of the lab and the ids that its checks saw in this attempt (`seen`).

    `reads` are the operations that it calls. They are added to the lab's READS.
    """

    find: Callable[[Account, Names, Sequence[str]], Iterable[Leftover]]
    reads: tuple[str, ...] = ()


class Objective(msgspec.Struct, frozen=True):
    """One statement about the account, with its check, and the objectives that must pass before it is checked.

    `effect` marks a result of AWS's work, not of the configuration: `labs check --wait` waits for it.
    """

    id: str
    check: Check
    needs: tuple[str, ...] = ()
    effect: bool = False


def near(wanted: str, names: Iterable[str], at_most: int = 3) -> tuple[str, ...]:
    """The names that the learner may have meant, the closest first."""
    from difflib import get_close_matches

    others = [name for name in names if name != wanted]
    return tuple(get_close_matches(wanted, others, n=at_most, cutoff=0.6))
