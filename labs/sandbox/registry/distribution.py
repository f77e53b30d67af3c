"""The OCI distribution API on the sandbox's port: docker, podman, skopeo and buildah push to and pull from ECR.

Each request becomes the ECR calls that AWS's own endpoint makes. `/v2/` belongs to API Gateway, too: its requests
are signed (AWS4), those of registry clients are not. Sources: opencontainers/distribution-spec; ECR user guide,
"Private registry authentication" and "Blob mounting"; pasted answers of AWS, as named in `errors`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from labs.errors import RegistryError
from labs.sandbox.images.errors import unsupported
from labs.sandbox.images.names import RegistryName, parse_registry, split_repository
from labs.sandbox.images.tokens import Login, read_password
from labs.sandbox.registry import manifests
from labs.sandbox.registry.creation import create_on_push
from labs.sandbox.registry.ecr_calls import EcrCalls, EmbeddedAws
from labs.sandbox.registry.http import BodyStream, Reply, basic_password
from labs.sandbox.registry.registry_request import RegistryRequest
from labs.sandbox.registry.uploads import Blobs

if TYPE_CHECKING:
    from labs.sandbox.images.blobs import BlobStore

_ROUTE = re.compile(
    r"/v2/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)/"
    r"(?P<kind>manifests|blobs/uploads|blobs|tags|referrers)/?(?P<reference>[^/]*)"
)
_EXPIRED = "Your authorization token has expired. Reauthenticate and try again."


def is_registry_request(environ: Mapping[str, Any]) -> bool:
    """Whether a request is for the registry, not for an AWS API."""
    path = environ["PATH_INFO"]
    signed = environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-")
    return (path == "/v2" or path.startswith("/v2/")) and not signed


class Registry:
    """Answers the requests of registry clients."""

    def __init__(
        self, application: EmbeddedAws, store: BlobStore, clock: Callable[[], float] = time.time
    ) -> None:
        self._application = application
        self._clock = clock
        self.store = store
        self._blobs = Blobs(store)

    def answer(self, environ: Mapping[str, Any], body: BodyStream) -> Reply:
        """The reply to one request; errors in the form of the distribution API."""
        try:
            reply = self._answer(environ, body)
        except RegistryError as error:
            document = {"errors": [{"code": error.code, "message": error.message}]}
            headers = {"Content-Type": "application/json; charset=utf-8", **error.headers}
            reply = Reply(error.status, headers, json.dumps(document).encode())
        reply.headers.setdefault("Docker-Distribution-Api-Version", "registry/2.0")
        return reply

    def _answer(self, environ: Mapping[str, Any], body: BodyStream) -> Reply:
        login = self._login(environ)
        path = environ["PATH_INFO"]
        if path in {"/v2", "/v2/"}:
            return Reply(200, {"Content-Type": "application/json"}, b"{}")
        host = parse_registry(environ.get("HTTP_HOST", ""))
        if path == "/v2/_catalog":
            return self._catalog(self._calls(login, host))
        route = _ROUTE.fullmatch(path)
        if route is None:
            raise RegistryError(404, "UNSUPPORTED", "not found")
        named, repository = split_repository(route["name"])
        query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        ecr = self._calls(login, named or host)
        target = RegistryRequest(ecr, environ["REQUEST_METHOD"], route["name"], repository, query, environ)
        return self._dispatch(target, route["kind"], unquote(route["reference"]), body)

    def _dispatch(self, target: RegistryRequest, kind: str, reference: str, body: BodyStream) -> Reply:
        match kind:
            case "manifests":
                return manifests.manifest(target, reference, body)
            case "blobs/uploads" if not reference:
                create_on_push(target)
                return self._blobs.start_upload(target, body)
            case "blobs/uploads":
                return self._blobs.upload(target, reference, body)
            case "blobs":
                return self._blobs.blob(target, reference)
            case "tags" if target.method == "GET" and reference == "list":
                return manifests.tags(target)
            case "referrers" if target.method == "GET":
                return manifests.referrers(target, reference)
        raise unsupported()

    def _login(self, environ: Mapping[str, Any]) -> Login:
        """The login of the client. Raises RegistryError with the Basic challenge if there is none."""
        password = basic_password(environ.get("HTTP_AUTHORIZATION", ""))
        login = read_password(password, self._application.journal.header.seed) if password else None
        if login is None:
            realm = (
                f'Basic realm="http://{environ.get("HTTP_HOST", "localhost")}/",service="ecr.amazonaws.com"'
            )
            raise RegistryError(401, "UNAUTHORIZED", "Not Authorized", headers={"WWW-Authenticate": realm})
        if login.expires < self._clock():
            raise RegistryError(403, "DENIED", _EXPIRED)
        return login

    def _calls(self, login: Login, named: RegistryName | None) -> EcrCalls:
        """The ECR of the registry in the image's name, or else in the login."""
        account, region = (named.account, named.region) if named else (login.account, login.region)
        if region != login.region:
            raise RegistryError(403, "DENIED", _EXPIRED)  # AWS says the same of another region's token
        return EcrCalls(self._application, login.access_key, account, region)

    def _catalog(self, ecr: EcrCalls) -> Reply:
        names = sorted(each["repositoryName"] for each in ecr.listed("DescribeRepositories", "repositories"))
        return Reply(200, {"Content-Type": "application/json"}, json.dumps({"repositories": names}).encode())
