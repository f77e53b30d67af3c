"""A bucket's policy is decided with its conditions and principals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def bucket(s3: Any, **statement: Any) -> None:
    configuration = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration=configuration)
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::assets/*"}
    policy = {"Version": "2012-10-17", "Statement": [{**denial, **statement}]}
    s3.put_bucket_policy(Bucket="assets", Policy=json.dumps(policy))


def test_denial_without_tls_concerns_nobody_here(aws: None, client: Client) -> None:
    s3 = client("s3")
    bucket(s3, Condition=WITHOUT_TLS)
    s3.put_object(Bucket="assets", Key="a", Body=b"a")
    s3.put_object(Bucket="assets", Key="a", Body=b"b")
    assert s3.get_object(Bucket="assets", Key="a")["Body"].read() == b"b"


def test_denial_of_somebody_else_concerns_nobody_here(aws: None, client: Client) -> None:
    s3 = client("s3")
    bucket(s3, Principal={"AWS": "arn:aws:iam::210987654321:root"})
    s3.put_object(Bucket="assets", Key="a", Body=b"a")
    assert s3.get_object(Bucket="assets", Key="a")["Body"].read() == b"a"


def test_denial_without_conditions_denies(aws: None, client: Client) -> None:
    s3 = client("s3")
    bucket(s3, Action="s3:PutObject")
    with pytest.raises(s3.exceptions.ClientError, match="403"):
        s3.put_object(Bucket="assets", Key="a", Body=b"a")


def test_stock_moto_denies_in_spite_of_the_condition(stock: None, client: Client) -> None:
    s3 = client("s3")
    bucket(s3, Condition=WITHOUT_TLS)
    with pytest.raises(s3.exceptions.ClientError, match="403"):
        s3.put_object(Bucket="assets", Key="a", Body=b"a")
