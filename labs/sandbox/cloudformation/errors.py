"""The errors that CloudFormation answers with."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class TemplateError(ServiceException):
    """A template, parameter or request that CloudFormation refuses (ValidationError)."""

    code = "ValidationError"

    def __str__(self) -> str:
        """The message alone, as reasons of events hold it."""
        return str(self.message)


class AlreadyExists(ServiceException):
    """A stack or change set of this name is there."""

    code = "AlreadyExistsException"


class InsufficientCapabilities(ServiceException):
    """The template makes IAM resources, and the request does not acknowledge it."""

    code = "InsufficientCapabilitiesException"


class ChangeSetNotFound(ServiceException):
    """No change set of this name in the stack."""

    code = "ChangeSetNotFound"
