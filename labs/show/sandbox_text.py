"""`labs sandbox status`."""

from __future__ import annotations

from typing import Any

from labs.sandbox.control import SandboxStatus
from labs.sandbox.images.blobs import MAX_BLOB_BYTES
from labs.show.wording import plural


def render_sandbox_status(status: SandboxStatus | None) -> str:
    """The address of the sandbox, its state, and its latest errors."""
    if status is None:
        return "The sandbox is not running. Start it: labs sandbox start"
    sandbox = status.sandbox
    lines = [
        f"The sandbox is running at {sandbox.url} (account {sandbox.account}, {sandbox.region}"
        f"{', realistic timing' if sandbox.realistic else ''}"
        f"{', IAM enforced' if sandbox.enforces_iam else ''}).",
        f"  {plural(status.changes, 'change')} saved in {status.journal}. "
        f"Running for {status.uptime:.0f} s, process {sandbox.pid}.",
    ]
    if status.image_bytes:
        lines.append(
            f"  {status.image_bytes / (1 << 20):.1f} MiB of images (at most {MAX_BLOB_BYTES >> 30} GiB per layer). "
            f"docker logs in to localhost:{sandbox.port}."
        )
    if status.errors:
        lines += ["  Errors (see the log for details):", *(f"    {each}" for each in status.errors)]
    return "\n".join(lines)


def sandbox_document(status: SandboxStatus | None) -> dict[str, Any]:
    """The status as a JSON document."""
    if status is None:
        return {"schema": 1, "running": False}
    sandbox = status.sandbox
    return {
        "schema": 1,
        "running": True,
        "url": sandbox.url,
        "pid": sandbox.pid,
        "account": sandbox.account,
        "region": sandbox.region,
        "realistic": sandbox.realistic,
        "enforces_iam": sandbox.enforces_iam,
        "changes": status.changes,
        "requests": status.requests,
        "uptime": round(status.uptime, 1),
        "errors": list(status.errors),
        "image_bytes": status.image_bytes,
    }
