"""Values in answers that this version does not know are found wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest

from labs.aws.request_scope import Read
from labs.verify.unknown_values import unknown_values


def shape(service: str, operation: str) -> Any:
    from botocore.session import get_session

    return get_session().get_service_model(service).operation_model(operation).output_shape


def read(service: str, operation: str, answer: dict[str, Any]) -> Read:
    return Read(service, operation, "eu-west-1", answer, shape(service, operation))


CASES: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "a state in words only": (
        "ecs",
        "DescribeServices",
        {"services": [{"status": "ACTIVE"}, {"status": "ASLEEP"}]},
        ["ASLEEP"],
    ),
    "a value of an enumeration, deep in lists": (
        "ecs",
        "DescribeServices",
        {"services": [{"placementStrategy": [{"type": "binpack"}, {"type": "stack"}]}]},
        ["stack"],
    ),
    "capitals make no difference": (
        "ecs",
        "DescribeServices",
        {"services": [{"placementStrategy": [{"type": "BinPack"}]}]},
        [],
    ),
    "free text may say anything": (
        "ecs",
        "DescribeServices",
        {"services": [{"serviceName": "ASLEEP", "events": [{"message": "stack"}]}]},
        [],
    ),
    "a list without end is open": (
        "ec2",
        "DescribeInstances",
        {"Reservations": [{"Instances": [{"InstanceType": "z99.huge"}]}]},
        [],
    ),
    "a structure that holds itself": (
        "dynamodb",
        "GetItem",
        {"Item": {"a": {"M": {"b": {"L": [{"S": "text"}]}}}}},
        [],
    ),
}


@pytest.mark.parametrize(("service", "operation", "answer", "strange"), CASES.values(), ids=CASES.keys())
def test_unknown_values_are_those_outside_their_list(
    service: str, operation: str, answer: dict[str, Any], strange: list[str]
) -> None:
    assert unknown_values([read(service, operation, answer)]) == strange
