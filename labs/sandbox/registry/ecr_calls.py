"""Calls ECR as the logged-in caller, so that errors, permissions and journaling are those of ECR."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from labs.sandbox.access.enforcement import refusal
from labs.sandbox.faults import HttpAnswer
from labs.sandbox.images.errors import from_ecr
from labs.sandbox.world.journal import Journal, RecordedRequest

Value = TypeVar("Value")


class EmbeddedAws(Protocol):
    """The interface of the registry to the embedded AWS."""

    journal: Journal
    enforces_iam: bool

    def answer(self, request: RecordedRequest) -> HttpAnswer:
        """Executes one request to an AWS API."""
        ...

    def inspect(self, read: Callable[[], Value]) -> Value:
        """Runs a function that only reads between two requests."""
        ...


LAYER_SIZE = "HTTP_X_CARDLABS_LAYER_SIZE"
"""The WSGI name of a header that only the registry sets: the size in bytes of a layer whose content it holds."""


class EcrCalls:
    """ECR of one registry, called with one access key."""

    def __init__(self, application: EmbeddedAws, access_key: str, account: str, region: str) -> None:
        self._application = application
        self._key = access_key
        self.account = account
        self.region = region

    def __call__(self, action: str, *, layer_size: int | None = None, **parameters: Any) -> dict[str, Any]:
        """The response to one call. Raises RegistryError if ECR refuses it."""
        request = self._request(action, parameters)
        if layer_size is not None:
            request.environ[LAYER_SIZE] = str(layer_size)
        return _document(self._application.answer(request))

    def listed(self, action: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """The items of all pages of a list call. Raises RegistryError if ECR refuses it."""
        items: list[dict[str, Any]] = []
        while True:
            page = self(action, **parameters)
            items += page[key]
            if not page.get("nextToken"):
                return items
            parameters["nextToken"] = page["nextToken"]

    def require_permission(self, action: str, **parameters: Any) -> None:
        """Raises RegistryError if the action is denied or the repository does not exist. Changes nothing."""
        if self._application.enforces_iam:
            refused = self._application.inspect(lambda: refusal(self._request(action, parameters)))
            if refused is not None:
                _document(refused)
        self.require_repository(parameters["repositoryName"])

    def require_repository(self, name: str) -> None:
        """Raises RegistryError if the repository does not exist."""
        self._application.inspect(lambda: self._require_repository(name))

    def _require_repository(self, name: str) -> None:
        from moto.ecr.exceptions import RepositoryNotFoundException
        from moto.ecr.models import ecr_backends

        if name not in ecr_backends[self.account][self.region].repositories:
            error = RepositoryNotFoundException(name, self.account)
            raise from_ecr("RepositoryNotFoundException", str(error.message))

    def _request(self, action: str, parameters: dict[str, Any]) -> RecordedRequest:
        scope = f"{self._key}/20260101/{self.region}/ecr/aws4_request"
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "REQUEST_URI": "/",
            "CONTENT_TYPE": "application/x-amz-json-1.1",
            "HTTP_HOST": f"api.ecr.{self.region}.amazonaws.com",
            "HTTP_X_AMZ_TARGET": f"AmazonEC2ContainerRegistry_V20150921.{action}",
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        return RecordedRequest(environ, json.dumps({"registryId": self.account, **parameters}).encode())


def _document(answer: HttpAnswer) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.body or b"{}")
    if answer.status >= 400:
        exception = document.get("__type", "").rpartition("#")[2]
        raise from_ecr(exception, document.get("message") or document.get("Message") or "")
    return document
