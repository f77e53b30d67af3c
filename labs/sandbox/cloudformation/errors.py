"""The errors of CloudFormation."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class TemplateError(ServiceException):
    """A template, parameter or request that CloudFormation refuses (ValidationError)."""

    code = "ValidationError"

    def __str__(self) -> str:
        """The message alone, as it appears in the reasons of events."""
        return str(self.message)


class UnresolvedResource(TemplateError):
    """A reference to a resource that the conditions leave out."""


class AlreadyExists(ServiceException):
    """A stack or change set with this name exists."""

    code = "AlreadyExistsException"


class InsufficientCapabilities(ServiceException):
    """The template creates IAM resources, and the request does not acknowledge that."""

    code = "InsufficientCapabilitiesException"


class ChangeSetNotFound(ServiceException):
    """The stack has no change set with this name."""

    code = "ChangeSetNotFound"
