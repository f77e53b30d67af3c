"""The errors of ECS: a code, and a message that is AWS's own if a user has reported it.

The sources of messages are beside the cases that provoke them, in tests/sandbox/ecs/test_ecs_refusals.py.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException
from moto.ecs.exceptions import ECSException  # moto finds the service's model by it

__all__ = ["ServiceException", "client", "cluster_not_found", "invalid", "refusal", "service_not_found"]


def refusal(code: str, message: str) -> ServiceException:
    """An error of any code, ready to be raised."""
    return ECSException(code, message)


def invalid(message: str) -> ServiceException:
    """An invalid parameter (InvalidParameterException)."""
    return refusal("InvalidParameterException", message)


def client(message: str) -> ServiceException:
    """A request that cannot be carried out (ClientException)."""
    return refusal("ClientException", message)


def cluster_not_found(message: str = "Cluster not found.") -> ServiceException:
    """A missing or deleted cluster (ClusterNotFoundException)."""
    return refusal("ClusterNotFoundException", message)


def service_not_found() -> ServiceException:
    """A missing service (ServiceNotFoundException)."""
    return refusal("ServiceNotFoundException", "Service not found.")
