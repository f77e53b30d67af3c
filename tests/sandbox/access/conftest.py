"""IAM, with a role that has no policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from access_kit import TRUST


@pytest.fixture
def iam(aws: None, client: Callable[..., Any]) -> Any:
    return client("iam")


@pytest.fixture
def role(iam: Any) -> Any:
    """A role without any policy."""
    iam.create_role(RoleName="labs", AssumeRolePolicyDocument=TRUST)
    return iam
