"""Ordinary boto3 clients for the sandbox, which can write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any


def client(environment: Mapping[str, str]) -> Callable[[str], Any]:
    """Clients for the sandbox that these variables point to, one for each service."""
    import boto3
    from botocore.config import Config

    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )
    endpoint = environment["AWS_ENDPOINT_URL"]
    no_proxy = Config(proxies={})  # none reaches this machine
    return cache(lambda name: session.client(name, endpoint_url=endpoint, config=no_proxy))
