"""A registry client of a few lines: requests of the distribution API without a socket."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

from labs.sandbox.registry.distribution import Registry
from labs.sandbox.registry.http import BodyStream

ACCOUNT = "123456789012"
HOST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes
    at_end: bool

    def error(self) -> tuple[int, str, str]:
        """Status, code and message of an error."""
        (error,) = json.loads(self.body)["errors"]
        return self.status, error["code"], error["message"]

    def json(self) -> Any:
        return json.loads(self.body)


class RegistryClient:
    """Speaks to a registry as docker does, logged in with a password."""

    def __init__(self, registry: Registry, password: str | None = None, host: str = "localhost:4566") -> None:
        self.registry = registry
        self.password = password
        self.host = host

    def __call__(
        self, method: str, path: str, body: bytes = b"", *, chunked: bool = False, **headers: str
    ) -> Response:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": self.host,
            "wsgi.input": io.BytesIO(body),
            **headers,
        }
        environ |= {"wsgi.input_terminated": True} if chunked else {"CONTENT_LENGTH": str(len(body))}
        if self.password is not None:
            given = base64.b64encode(f"AWS:{self.password}".encode()).decode()
            environ["HTTP_AUTHORIZATION"] = f"Basic {given}"
        stream = BodyStream(environ)
        reply = self.registry.answer(environ, stream)
        return Response(reply.status, reply.headers, b"".join(reply.chunks()), stream.is_at_end)

    def push_blob(self, repository: str, content: bytes) -> str:
        """Pushes a blob in two pieces; its digest."""
        url = self("POST", f"/v2/{repository}/blobs/uploads/").headers["Location"]
        half = len(content) // 2
        self("PATCH", url, content[:half], chunked=True)
        self("PATCH", url, content[half:])
        assert self("PUT", f"{url}?digest={digest_of(content)}").status == 201
        return digest_of(content)

    def push_image(self, repository: str, reference: str, layer: bytes = b"layer", **more: Any) -> str:
        """Pushes config, layer and manifest; the manifest's digest."""
        text = manifest(self.push_blob(repository, b"{}"), self.push_blob(repository, layer), **more)
        pushed = self("PUT", f"/v2/{repository}/manifests/{reference}", text, CONTENT_TYPE=IMAGE)
        assert pushed.status == 201, pushed.body
        return pushed.headers["Docker-Content-Digest"]


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest(config: str, *layers: str, **more: Any) -> bytes:
    """The text of an image's manifest."""
    document = {
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": {"mediaType": CONFIG, "digest": config, "size": 2},
        "layers": [{"mediaType": "application/x", "digest": layer, "size": 5} for layer in layers],
        **more,
    }
    return json.dumps(document).encode()


def index(*digests: str) -> bytes:
    """The text of an index."""
    named = [{"mediaType": IMAGE, "digest": digest, "size": 9} for digest in digests]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": named}).encode()
