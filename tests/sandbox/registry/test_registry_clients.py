"""The usual script with the clients that people have: log in, push, look, pull."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import busy
import pytest
from registry_kit import IMAGE, digest_of

from labs.sandbox import control

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[control.Sandbox]:
    with control.throw_away() as running:
        yield running


@pytest.fixture
def uri(sandbox: control.Sandbox) -> str:
    """The address of an empty repository."""
    control.reset(sandbox.home)
    ecr = busy.clients_of(sandbox.url)("ecr")
    return str(ecr.create_repository(repositoryName="labs/hello")["repository"]["repositoryUri"])


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An image of one small file as an OCI layout, tagged v1."""
    folder = tmp_path / "layout"
    (folder / "blobs/sha256").mkdir(parents=True)

    def put(content: bytes) -> dict[str, Any]:
        digest = digest_of(content)
        (folder / "blobs/sha256" / digest.removeprefix("sha256:")).write_bytes(content)
        return {"digest": digest, "size": len(content)}

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("hello")
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"hello"))
    layer = put(gzip.compress(archive.getvalue(), mtime=0))
    unpacked = f"sha256:{hashlib.sha256(archive.getvalue()).hexdigest()}"
    config = put(
        json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": [unpacked]},
            }
        ).encode()
    )
    oci = "application/vnd.oci.image"
    manifest = put(
        json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": IMAGE,
                "config": {"mediaType": f"{oci}.config.v1+json", **config},
                "layers": [{"mediaType": f"{oci}.layer.v1.tar+gzip", **layer}],
            }
        ).encode()
    )
    named = {"mediaType": IMAGE, **manifest, "annotations": {"org.opencontainers.image.ref.name": "v1"}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


class Shell:
    """Runs commands in a home of their own."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            "HOME": str(home),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "XDG_RUNTIME_DIR": str(home),
        }

    def __call__(self, *command: object, stdin: str = "") -> str:
        done = subprocess.run(
            [str(word) for word in command],
            input=stdin,
            text=True,
            capture_output=True,
            env=self.environment,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def storage() -> Iterator[tuple[object, ...]]:
    """Where buildah and podman keep images, below a short path: podman takes at most 50 characters."""
    with tempfile.TemporaryDirectory(prefix="oci-", ignore_cleanup_errors=True) as folder:
        yield "--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"


def password(sandbox: control.Sandbox) -> str:
    ecr = busy.clients_of(sandbox.url)("ecr")
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode().partition(":")[2]


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed here")


def images(sandbox: control.Sandbox) -> list[list[str]]:
    found = busy.clients_of(sandbox.url)("ecr").describe_images(repositoryName="labs/hello")
    return [image["imageTags"] for image in found["imageDetails"]]


@needs("skopeo")
def test_skopeo_pushes_and_pulls(
    sandbox: control.Sandbox, uri: str, layout: Path, shell: Shell, tmp_path: Path
) -> None:
    login = ("--tls-verify=false", "--username", "AWS", "--password-stdin")
    shell("skopeo", "login", *login, uri.partition("/")[0], stdin=password(sandbox))
    shell("skopeo", "copy", "--dest-tls-verify=false", f"oci:{layout}:v1", f"docker://{uri}:v1")
    shell("skopeo", "copy", "--src-tls-verify=false", f"docker://{uri}:v1", f"oci:{tmp_path / 'back'}:v1")
    assert (tmp_path / "back/index.json").is_file()
    assert images(sandbox) == [["v1"]]


@needs("buildah")
def test_buildah_pushes_what_it_built(
    sandbox: control.Sandbox, uri: str, shell: Shell, tmp_path: Path
) -> None:
    storage = ("--root", tmp_path / "root", "--runroot", tmp_path / "run", "--storage-driver", "vfs")
    (tmp_path / "hello").write_text("hello")
    built = shell("buildah", *storage, "from", "scratch").strip()
    shell("buildah", *storage, "copy", built, tmp_path / "hello", "/hello")
    shell("buildah", *storage, "commit", "-q", built, "app")
    login = ("--tls-verify=false", "--username", "AWS", "--password-stdin")
    shell("buildah", "login", *login, uri.partition("/")[0], stdin=password(sandbox))
    shell("buildah", *storage, "push", "-q", "--tls-verify=false", "app", f"docker://{uri}:v1")
    assert images(sandbox) == [["v1"]]


@needs("podman")
def test_podman_pushes_and_pulls(
    sandbox: control.Sandbox, uri: str, layout: Path, shell: Shell, storage: tuple[object, ...]
) -> None:
    login = ("--tls-verify=false", "--username", "AWS", "--password-stdin")
    shell("podman", *storage, "login", *login, uri.partition("/")[0], stdin=password(sandbox))
    shell("podman", *storage, "pull", "-q", f"oci:{layout}")
    (image,) = shell("podman", *storage, "images", "-q").split()
    shell("podman", *storage, "push", "-q", "--tls-verify=false", image, f"docker://{uri}:v1")
    shell("podman", *storage, "rmi", "-f", image)
    shell("podman", *storage, "pull", "-q", "--tls-verify=false", f"{uri}:v1")
    assert shell("podman", *storage, "images", "-q").split() == [image]
