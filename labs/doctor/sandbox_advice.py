"""Advice for a learner whose shell does not reach the sandbox: it runs elsewhere, or is stopped."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from labs.aws.session import AwsSession


def sandbox_advice(session: AwsSession, home: Path) -> str:
    """One sentence with the command to type if the account could not be identified; else an empty string."""
    if session.fault() is None or session.where.environment:
        return ""
    from labs.sandbox import control
    from labs.sandbox.client.connection import last_port

    running = control.running(home)
    endpoint = urlsplit(session.endpoint or os.environ.get("AWS_ENDPOINT_URL", ""))
    local = endpoint.hostname in {"127.0.0.1", "localhost"}
    if running and not session.endpoint and not session.where.profile:
        return "Your sandbox is running: add --sandbox, or open a shell with `labs sandbox shell`"
    if running and local and endpoint.port != running.port:
        return f'Your sandbox is now at {running.url}. Set up this shell again: eval "$(labs sandbox env)"'
    if not running and local and endpoint.port == last_port(home):
        return "The sandbox of this shell is stopped. Start it: labs sandbox start"
    return ""
