"""Prints the time of real tools: a push by skopeo compared with Debian's docker-registry, and a CloudFormation stack.

python -m bench.tools [RUNS]
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.sandbox import RUNS, client, free_port, report, seconds
from labs.sandbox.control import throw_away

MEGABYTES = 50
QUEUES = 24
NO_CREDENTIALS = "AWS:none"
REGISTRY = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def image(folder: Path) -> Path:
    """A new image with one incompressible layer, as an OCI layout."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    layer = put(os.urandom(MEGABYTES * 1024 * 1024))
    unpacked = {"type": "layers", "diff_ids": [layer["digest"]]}
    config = put(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": unpacked}).encode())
    kind = "application/vnd.oci.image"
    manifest = {
        "schemaVersion": 2,
        "config": {"mediaType": f"{kind}.config.v1+json", **config},
        "layers": [{"mediaType": f"{kind}.layer.v1.tar", **layer}],
    }
    named = {"mediaType": f"{kind}.manifest.v1+json", **put(json.dumps(manifest).encode())}
    index = {
        "schemaVersion": 2,
        "manifests": [{**named, "annotations": {"org.opencontainers.image.ref.name": "v1"}}],
    }
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def push(to: str, credentials: str) -> float:
    """The seconds that skopeo takes to push a new image."""
    with tempfile.TemporaryDirectory() as folder:
        layout = image(Path(folder) / "image")
        command = ["skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", credentials]
        return seconds(lambda: subprocess.run([*command, f"oci:{layout}:v1", f"docker://{to}"], check=True))


@contextmanager
def debians_registry() -> Iterator[str | None]:
    """The address of a local docker-registry; None if it is not installed."""
    program = shutil.which("docker-registry")
    if program is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "config.yml"
        settings.write_text(REGISTRY.format(folder=folder, port=port))
        command = [program, "serve", str(settings)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.05)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def pushes() -> None:
    with throw_away() as ours, debians_registry() as theirs:
        ecr = client("ecr", ours.url)
        uri = ecr.create_repository(repositoryName="labs/big")["repository"]["repositoryUri"]
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        credentials = base64.b64decode(token).decode()
        mine, other = [], []
        for number in range(RUNS):
            mine.append(push(f"{uri}:v{number}", credentials))
            if theirs:
                other.append(push(f"{theirs}/labs/big:v{number}", NO_CREDENTIALS))
        took, what = statistics.median(mine), f"push of {MEGABYTES} MB by skopeo"
        if not other:
            report(what, f"{took:.2f} s; there is no docker-registry here", "-", ok=True)
            return
        base = statistics.median(other)
        ratio = took / base
        report(what, f"{took:.2f} s, docker-registry {base:.2f} s: {ratio:.2f} x", "1.5 x", ratio <= 1.5)


def stacks() -> None:
    resources: dict[str, object] = {f"Queue{number}": {"Type": "AWS::SQS::Queue"} for number in range(QUEUES)}
    resources["Cluster"] = {"Type": "AWS::ECS::Cluster"}
    template = json.dumps({"Resources": resources})
    with throw_away() as found:
        api = client("cloudformation", found.url)

        def make(name: str) -> None:
            api.create_stack(StackName=name, TemplateBody=template)
            assert api.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"

        took = statistics.median(seconds(partial(make, f"stack-{number}")) for number in range(RUNS))
        report(f"stack of {len(resources)} resources", f"{took:.2f} s", "2 s", took <= 2)


def main() -> None:
    warnings.simplefilter("ignore")
    os.environ["HOME"] = tempfile.mkdtemp()
    pushes()
    stacks()


if __name__ == "__main__":
    main()
