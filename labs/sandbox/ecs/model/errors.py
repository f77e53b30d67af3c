"""The refusals of ECS: a code, and words that are AWS's own where a user has reported them.

The source of a message stands beside the case that provokes it, in tests/sandbox/ecs/test_ecs_refusals.py.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException
from moto.ecs.exceptions import ECSException  # moto finds the service's model by it

__all__ = ["ServiceException", "client", "cluster_not_found", "invalid", "refusal", "service_not_found"]


def refusal(code: str, message: str) -> ServiceException:
    """An error of any code, ready to be raised."""
    return ECSException(code, message)


def invalid(message: str) -> ServiceException:
    """A parameter that AWS does not take."""
    return refusal("InvalidParameterException", message)


def client(message: str) -> ServiceException:
    """A request that cannot be carried out as it was made."""
    return refusal("ClientException", message)


def cluster_not_found(message: str = "Cluster not found.") -> ServiceException:
    """There is no such cluster, or it was deleted."""
    return refusal("ClusterNotFoundException", message)


def service_not_found() -> ServiceException:
    """There is no such service in this cluster."""
    return refusal("ServiceNotFoundException", "Service not found.")
