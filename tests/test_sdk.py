"""The promises of `labs.sdk` to packs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # noqa: TID253 - tests of what it raises

from labs import sdk
from labs.sdk import Account, Failed, Leftover, Passed, absent, arn, asked, equal, leftovers, pages
from tools import reference


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}}, "GetThing")


def account(region: str = "eu-west-1", client: Any = None) -> Account:
    return Account(lambda: "123456789012", region, lambda service, place: client)


class Queues:
    """A client of SQS with two pages of queues, or none at all."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = answers

    def can_paginate(self, operation: str) -> bool:
        return operation == "list_queues"

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, **given: Any) -> Any:
        return self.answers

    def get_queue_attributes(self, **given: Any) -> dict[str, Any]:
        return {"Names": [given["QueueUrl"]]}


def test_names_and_signatures_are_those_of_the_page() -> None:
    """An addition is written by `cog -r docs/reference/sdk.md`; what goes away is deprecated for a release first."""
    page = Path("docs/reference/sdk.md").read_text("utf-8")
    assert reference.sdk_names().strip() in page


def test_each_promised_name_is_there() -> None:
    assert [name for name in sdk.__all__ if not hasattr(sdk, name)] == []
    with pytest.raises(AttributeError):
        sdk.something_else  # noqa: B018 - the access is what is tested


def test_asked_tells_missing_from_denied() -> None:
    def raises(code: str) -> Any:
        raise error(code)

    assert asked(lambda: 1, gone="NoSuchBucket") == 1
    assert asked(lambda: raises("NoSuchBucket"), gone=("404", "NoSuchBucket")) is None
    with pytest.raises(ClientError):
        asked(lambda: raises("AccessDenied"), gone="NoSuchBucket")


def test_pages_reads_all_of_them_and_operations_without_pages() -> None:
    client = Queues({"QueueUrls": ["a"]}, {"QueueUrls": ["b"]})
    assert list(pages(client, "list_queues", "QueueUrls")) == ["a", "b"]
    assert list(pages(client, "get_queue_attributes", "Names", QueueUrl="u")) == ["u"]


def test_pages_takes_a_missing_key_for_none_only_where_aws_leaves_it_out() -> None:
    with pytest.raises(KeyError):
        list(pages(Queues({}), "list_queues", "QueueUrls"))
    assert list(pages(Queues({}), "list_queues", "QueueUrls", optional=True)) == []


def test_equal_shows_both_values() -> None:
    assert equal("60", "60", "visibility timeout", "h") == Passed("visibility timeout 60")
    assert equal(None, "60", "visibility timeout", "h") == Failed(
        "visibility timeout not set", "visibility timeout 60", "h"
    )
    assert equal({"HASH": "id"}, {}, "key", "h") == Failed("key HASH: id", "key none", "h")
    assert equal(("ENABLED", None), ("ENABLED", "at"), "TTL", "h") == Failed(
        "TTL ENABLED, not set", "TTL ENABLED, at", "h"
    )


def test_absent_names_what_may_have_been_meant() -> None:
    found = absent(account(), "queue", "orders", lambda _: ["orders-dlq", "else"])
    assert (found.found, found.near) == ("no queue orders in eu-west-1", ("orders-dlq",))


def test_leftovers_finds_what_is_there_by_parameter() -> None:
    there = {"orders": "https://sqs/orders"}
    found = leftovers("queue", ["queue", "dead"], lambda _, name: there.get(name), ("sqs:GetQueueUrl",))
    assert list(found.find(account(), {"queue": "orders", "dead": "gone"}, ())) == [
        Leftover("queue", "https://sqs/orders", "orders")
    ]
    assert found.reads == ("sqs:GetQueueUrl",)


@pytest.mark.parametrize(
    ("region", "service", "expected"),
    [
        ("eu-west-1", "sqs", "arn:aws:sqs:eu-west-1:123456789012:x"),
        ("cn-north-1", "sns", "arn:aws-cn:sns:cn-north-1:123456789012:x"),
        ("us-gov-west-1", "iam", "arn:aws-us-gov:iam::123456789012:x"),
        ("eusc-de-east-1", "sqs", "arn:aws-eusc:sqs:eusc-de-east-1:123456789012:x"),
    ],
)
def test_arn_has_the_partition_of_the_region(region: str, service: str, expected: str) -> None:
    assert arn(account(region), service, "x") == expected
