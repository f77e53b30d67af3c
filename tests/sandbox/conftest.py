"""The embedded AWS in this process: moto with every extension, empty for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

REGION = "eu-west-1"
ACCOUNT = "123456789012"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that work nowhere, and the sandbox's region."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws(keys: None) -> Iterator[None]:
    """An empty embedded AWS."""
    from moto import mock_aws

    from labs.sandbox import extend

    extend.install()
    try:
        with mock_aws():
            yield
    finally:
        extend.uninstall()


@pytest.fixture
def stock(keys: None) -> Iterator[None]:
    """Plain moto, to notice when it closes a gap."""
    from moto import mock_aws

    with mock_aws():
        yield


@pytest.fixture
def client(keys: None) -> Callable[..., Any]:
    """Makes a boto3 client."""
    import boto3

    return boto3.client


@pytest.fixture
def refused() -> Callable[..., str]:
    """Makes a call that AWS must refuse, and gives the error's code and message: `refused(ecs.create_service, ...)`."""
    from botocore.exceptions import ClientError

    def call(operation: Callable[..., Any], *given: Any, **arguments: Any) -> str:
        with pytest.raises(ClientError) as error:
            operation(*given, **arguments)
        answer = error.value.response["Error"]
        return f"{answer['Code']}: {answer['Message']}"

    return call


@pytest.fixture
def ecs(aws: None, client: Callable[..., Any]) -> Any:
    """A client of an empty ECS, whose every answer is checked against botocore's model."""
    from ecs_kit import conform

    return conform(client("ecs"))
