"""S3, SQS, SNS, DynamoDB, KMS and Lambda behave as packs teach, and stock moto does not: else drop the extension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labs.sandbox.fidelity.map import run
from labs.sandbox.fidelity.probe_app_services import PROBES
from labs.sandbox.fidelity.probes import Probe
from tests.plain_moto import PLAIN_MOTO

Client = Callable[..., Any]

MISSING = [probe for probe in PROBES if probe.name in PLAIN_MOTO]
"""The features that an extension provides, and the invocation that nobody does."""


@pytest.fixture
def stock_without_docker(stock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain moto that starts no containers."""
    from moto.core.config import default_user_config

    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})


@pytest.mark.slow
@pytest.mark.parametrize("probe", MISSING, ids=lambda probe: probe.name)
def test_stock_moto_lacks_it(stock: None, stock_without_docker: None, client: Client, probe: Probe) -> None:
    [found] = run(client, (probe,))
    assert not found.holds


@pytest.mark.slow
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_sandbox_provides_it(aws: None, client: Client, probe: Probe) -> None:
    [found] = run(client, (probe,))
    assert found.holds is (probe.name != "lambda.invoke"), found.fault


def test_invoking_a_function_says_that_the_sandbox_runs_none(aws: None, client: Client) -> None:
    [probe] = [each for each in PROBES if each.name == "lambda.invoke"]
    [found] = run(client, (probe,))
    assert "does not run them" in found.fault


def test_an_object_may_be_put_with_the_owners_acl(aws: None, client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="assets", Key="a", Body=b"a", ACL="bucket-owner-full-control")
    assert s3.head_object(Bucket="assets", Key="a")["ServerSideEncryption"] == "AES256"


def test_an_object_is_uploaded_in_parts(aws: None, client: Client, refused: Callable[..., str]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    one = {"Bucket": "assets", "Key": "a"}
    upload = {**one, "UploadId": s3.create_multipart_upload(**one)["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"a")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    assert s3.head_object(**one)["ServerSideEncryption"] == "AES256"
    assert "AccessControlListNotSupported" in refused(s3.create_multipart_upload, **one, ACL="public-read")


def test_a_copy_onto_itself_must_change_something(
    aws: None, client: Client, refused: Callable[..., str]
) -> None:
    """Encryption by default is no change; that moto's tests say so was verified on AWS."""
    s3 = client("s3")
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="assets", Key="a", Body=b"a")
    copy = {"Bucket": "assets", "Key": "a", "CopySource": "assets/a"}
    assert refused(s3.copy_object, **copy).startswith("InvalidRequest: This copy request is illegal")


def test_stock_moto_waits_inside_of_the_request(
    stock: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.sqs import models

    waited: list[float] = []
    monkeypatch.setattr(models.Queue, "wait_for_messages", lambda _, seconds: waited.append(seconds))
    monkeypatch.setattr(models, "unix_time", lambda: float(len(waited)))
    queue = client("sqs").create_queue(QueueName="work")["QueueUrl"]
    client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=3)
    assert len(waited) == 4


def prefixed(client: Client, prefix: str) -> int:
    client("sqs").create_queue(QueueName="abc")
    return len(client("sqs").list_queues(QueueNamePrefix=prefix).get("QueueUrls", ()))


def test_stock_moto_takes_a_prefix_for_an_expression(stock: None, client: Client) -> None:
    assert prefixed(client, "a.c") == 1


def test_a_prefix_of_queues_is_a_text(aws: None, client: Client) -> None:
    assert (prefixed(client, "a.c"), prefixed(client, "ab")) == (0, 1)


def test_stock_moto_ends_a_wildcard_at_the_end_of_a_line(stock: None) -> None:
    from moto.events.models import EventPattern

    assert not EventPattern._wildcard_match("a\nb", "a*b")


@pytest.mark.parametrize(
    ("value", "pattern", "fits"),
    [
        ("a\nb", "a*b", True),
        ("a*b", r"a\*b", True),
        ("axb", r"a\*b", False),
        ("a\\b", r"a\\b", True),
        (7, "*", False),
        ("a" * 200, "*a" * 30 + "*b", False),  # a matcher that backtracks would never end
    ],
)
def test_wildcards_of_an_event_pattern(aws: None, value: Any, pattern: str, fits: bool) -> None:
    from moto.events.models import EventPattern

    assert EventPattern._wildcard_match(value, pattern) is fits
