"""Ordinary boto3 clients for the sandbox, which may write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any


def client(environment: Mapping[str, str]) -> Callable[[str], Any]:
    """Clients for the sandbox to which these variables lead, one of each service."""
    import boto3

    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )
    endpoint = environment["AWS_ENDPOINT_URL"]
    return cache(lambda name: session.client(name, endpoint_url=endpoint))
