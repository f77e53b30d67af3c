"""The CPU and memory metrics of services and clusters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from ecs_kit import define, join

from labs.sandbox.world import clock

Client = Callable[..., Any]
CLUSTER = [{"Name": "ClusterName", "Value": "prod"}]
SERVICE = [*CLUSTER, {"Name": "ServiceName", "Value": "web"}]


@pytest.fixture
def cloudwatch(embedded: None, client: Client) -> Any:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="prod")
    join()
    define(ecs)
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1)
    return client("cloudwatch")


def points(cloudwatch: Any, dimensions: list[dict[str, str]], name: str = "CPUUtilization") -> list[float]:
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/ECS",
        MetricName=name,
        Dimensions=dimensions,
        StartTime=clock.now() - timedelta(minutes=10),
        EndTime=clock.now() + timedelta(minutes=1),
        Period=60,
        Statistics=["Average"],
    )["Datapoints"]
    return [each["Average"] for each in found]


def test_service_and_cluster_have_metrics(cloudwatch: Any) -> None:
    assert points(cloudwatch, SERVICE) == [0.1]
    assert points(cloudwatch, CLUSTER, "MemoryUtilization") == [2.0]
    listed = cloudwatch.list_metrics(Namespace="AWS/ECS")["Metrics"]
    assert {(each["MetricName"], len(each["Dimensions"])) for each in listed} == {
        (name, size) for name in ("CPUUtilization", "MemoryUtilization") for size in (1, 2)
    }


def test_data_of_ones_own_stands_alone(cloudwatch: Any) -> None:
    datum = {"MetricName": "CPUUtilization", "Dimensions": SERVICE, "Value": 99, "Timestamp": clock.now()}
    cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[datum])
    assert points(cloudwatch, SERVICE) == [99]


def test_stock_moto_has_no_metrics_of_ecs(stock: None, client: Client) -> None:
    assert client("cloudwatch").list_metrics(Namespace="AWS/ECS")["Metrics"] == []
