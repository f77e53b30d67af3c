"""An empty embedded AWS with CloudFormation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cfn_kit import Cloud


@pytest.fixture
def cloud(embedded: None, client: Callable[..., Any]) -> Cloud:
    return Cloud(client)
