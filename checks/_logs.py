"""How containers log to CloudWatch Logs by the awslogs driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, TaskDefinitionTypeDef

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
"""The spellings of true: the driver reads the option with Go's strconv.ParseBool."""


class AwsLogs(msgspec.Struct, frozen=True):
    """Where the awslogs driver of one container writes; `creates` where it may make the group itself."""

    container: str
    group: str
    region: str
    prefix: str
    creates: bool

    @classmethod
    def of(cls, container: ContainerDefinitionOutputTypeDef) -> AwsLogs | None:
        """The awslogs configuration of a container; None for another driver or none."""
        configuration = container.get("logConfiguration")
        if configuration is None or configuration["logDriver"] != "awslogs":
            return None
        options = configuration.get("options", {})
        return cls(
            container["name"],
            options.get("awslogs-group", ""),
            options.get("awslogs-region", ""),
            options.get("awslogs-stream-prefix", ""),
            options.get("awslogs-create-group") in _TRUE,
        )

    def stream_arn(self, partition: str, account: str) -> str:
        """The stream of a task, with an example of a task id."""
        return f"{self.group_arn(partition, account)}:log-stream:{self.prefix}/{self.container}/{'0' * 32}"

    def group_arn(self, partition: str, account: str) -> str:
        """The group, as policies name it."""
        return f"arn:{partition}:logs:{self.region}:{account}:log-group:{self.group}"


def awslogs_of(definition: TaskDefinitionTypeDef) -> list[AwsLogs]:
    """The log targets of all containers that log by awslogs."""
    found = map(AwsLogs.of, definition["containerDefinitions"])
    return [logs for logs in found if logs]
