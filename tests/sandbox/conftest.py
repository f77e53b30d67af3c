"""The embedded AWS in this process: moto with every extension, empty for each test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import shared_client


@pytest.fixture
def aws(embedded: None) -> None:
    """An empty embedded AWS."""


@pytest.fixture
def stock(moto: None) -> None:
    """Plain moto, to notice when it closes a gap."""


@pytest.fixture
def client(keys: None) -> Callable[..., Any]:
    """Gives a boto3 client, the same one to all tests."""
    return shared_client


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
def ecs(aws: None, keys: None) -> Any:
    """A client of an empty ECS, whose every answer is checked against botocore's model."""
    from ecs_kit import conforming_client

    return conforming_client()
