"""The CPU and memory metrics of services and clusters, which ECS puts into CloudWatch each minute.

The sandbox runs no containers, so the metrics are those of idle ones. If the user puts data, to test an
alarm, only that is returned. Alarms are evaluated on the user's data only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from labs.sandbox.ecs.model.records import Cluster, Task
from labs.sandbox.ecs.model.regions import of
from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented
from labs.sandbox.world import clock

IDLE = {"CPUUtilization": 0.1, "MemoryUtilization": 2.0}
"""Percent of what the tasks reserve."""
KEPT = timedelta(hours=1)
Dimensions = dict[str, str]


def published(account: str, region: str) -> Iterator[tuple[Dimensions, datetime]]:
    """The data points of each service and cluster, for each minute of the last hour in which it had running tasks."""
    for cluster in of(account, region).clusters.values():
        for service in cluster.services.values():
            names = {"ClusterName": cluster.name, "ServiceName": service.name}
            yield from ((names, minute) for minute in _minutes(service.tasks()))
        yield from (({"ClusterName": cluster.name}, minute) for minute in _minutes(_on_instances(cluster)))


def _on_instances(cluster: Cluster) -> Iterator[Task]:
    """The tasks of a cluster on container instances, for which clusters have metrics."""
    return (task for task in cluster.tasks.values() if task.instance is not None)


def _minutes(tasks: Iterable[Task]) -> list[datetime]:
    started = [
        task.doc["startedAt"] for task in tasks if task.status == "RUNNING" and "startedAt" in task.doc
    ]
    if not started:
        return []
    now = clock.now()
    first = max(min(started), now - KEPT).replace(second=0, microsecond=0)
    return [
        first + timedelta(minutes=number) for number in range(int((now - first) / timedelta(minutes=1)) + 1)
    ]


@patch(
    "cloudwatch:ECS metrics",
    "moto's ECS puts no metrics into CloudWatch",
    documented("AmazonECS/latest/developerguide/cloudwatch-metrics.html"),
)
def _show_metrics() -> Undo:
    from moto.cloudwatch.models import CloudWatchBackend, MetricDatum

    stock: Any = CloudWatchBackend.aws_metric_data

    def shown(backend: Any) -> list[Any]:
        own = {
            (each.name, frozenset((one.name, one.value) for one in each.dimensions))
            for each in backend.metric_data
            if each.namespace == "AWS/ECS"
        }
        return [
            *stock.fget(backend),
            *(
                MetricDatum("AWS/ECS", name, value, _listed(names), _moto_time(minute), "Percent")
                for names, minute in published(backend.account_id, backend.region_name)
                for name, value in IDLE.items()
                if (name, frozenset(names.items())) not in own
            ),
        ]

    return set_attribute(CloudWatchBackend, "aws_metric_data", property(shown))


def _moto_time(minute: datetime) -> datetime:
    """A naive UTC time, as moto parses the times of requests."""
    return minute.astimezone(UTC).replace(tzinfo=None)


def _listed(names: Dimensions) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in names.items()]
