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


@pytest.mark.parametrize(("service", "operation", "answer", "unknown"), CASES.values(), ids=CASES.keys())
def test_unknown_values_are_those_outside_their_list(
    service: str, operation: str, answer: dict[str, Any], unknown: list[str]
) -> None:
    keys = ("status", "type")
    everything = {f"{service}:{operation} {key}" for key in keys}
    assert unknown_values([read(service, operation, answer)], lambda: everything) == unknown


def test_words_that_no_check_reads_are_no_matter() -> None:
    """IAM says other words than its model lists; a state of one operation is not that of another."""
    matched = [{"SourcePolicyType": "IAM Policy"}]
    simulated = read(
        "iam", "SimulatePrincipalPolicy", {"EvaluationResults": [{"MatchedStatements": matched}]}
    )
    asleep = read("ecs", "DescribeServices", {"services": [{"status": "ASLEEP"}]})
    keys = {"iam:SimulatePrincipalPolicy MatchedStatements", "ecs:DescribeClusters status"}
    assert unknown_values([simulated, asleep], lambda: keys) == []
    assert unknown_values([asleep], lambda: {*keys, "ecs:DescribeServices status"}) == ["ASLEEP"]


def test_nobody_is_asked_what_was_read_where_all_is_known() -> None:
    """A check is not run again for nothing."""
    known = read("ecs", "DescribeServices", {"services": [{"status": "ACTIVE"}]})
    assert unknown_values([known], lambda: pytest.fail("asked")) == []


def test_a_further_word_in_a_list_unmakes_nothing_that_passed() -> None:
    """A check that passed has found the word that it looked for; one that failed may have missed it."""
    answer = {"taskDefinition": {"compatibilities": ["EC2", "MOON"]}}
    reads = [read("ecs", "DescribeTaskDefinition", answer)]
    keys = {"ecs:DescribeTaskDefinition compatibilities"}
    assert unknown_values(reads, lambda: keys, within=[["EC2", "MOON"]]) == []
    assert unknown_values(reads, lambda: keys) == ["MOON"]
