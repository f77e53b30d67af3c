"""`labs sandbox status`."""

from __future__ import annotations

from typing import Any

from labs.sandbox.control import Status
from labs.sandbox.images.blobs import MAX_BLOB_BYTES


def render_sandbox_status(status: Status | None) -> str:
    """Where the sandbox is and what went wrong in it lately."""
    if status is None:
        return "No sandbox is running: `labs sandbox start` starts one."
    sandbox = status.sandbox
    lines = [
        f"The sandbox runs at {sandbox.url}: account {sandbox.account}, {sandbox.region}"
        f"{', effects take their time' if sandbox.realistic else ''}"
        f"{', IAM is enforced' if sandbox.enforces_iam else ''}.",
        f"  {status.changes} changes kept in {status.journal}; up for {status.uptime:.0f} s, process {sandbox.pid}",
    ]
    if status.image_bytes:
        lines.append(
            f"  {status.image_bytes / (1 << 20):.1f} MiB of images (a layer may have {MAX_BLOB_BYTES >> 30} GiB); "
            f"docker logs in at localhost:{sandbox.port}"
        )
    if status.errors:
        lines += ["  It could not do these (more in its log):", *(f"    {each}" for each in status.errors)]
    return "\n".join(lines)


def sandbox_document(status: Status | None) -> dict[str, Any]:
    """The same for scripts."""
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
