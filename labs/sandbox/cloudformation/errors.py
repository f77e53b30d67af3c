"""What goes wrong with templates and resources, in CloudFormation's words."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class TemplateError(ServiceException):
    """A template, parameter or request that CloudFormation refuses (ValidationError)."""

    code = "ValidationError"


class AlreadyExists(ServiceException):
    """A stack or change set of this name is there."""

    code = "AlreadyExistsException"


class InsufficientCapabilities(ServiceException):
    """The template makes IAM resources, and the request does not acknowledge it."""

    code = "InsufficientCapabilitiesException"


class ChangeSetNotFound(ServiceException):
    """No change set of this name in the stack."""

    code = "ChangeSetNotFound"


class ResourceFailed(Exception):
    """A resource cannot be made, changed or deleted; the message is the reason that the stack's events show."""


class Unsupported(ResourceFailed):
    """The sandbox lacks a type or property: it says so instead of dropping it."""


class NotReady(Exception):
    """A resource is on its way: the stack goes on with it when the world has moved on."""
