"""An `aws` that stays in the sandbox: it passes the sandbox's address to the AWS CLI as --endpoint-url.

AWS CLI 1 ignores AWS_ENDPOINT_URL for services whose address it builds itself (sqs, emr, rds, docdb ...), and
AWS CLI 2 supports the variable only since 2.13: such a call would go to the real AWS. The wrapper is used if the
variable points to this machine, and passes everything else on unchanged.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from pathlib import Path

_SCRIPT = """\
#!/bin/sh
# Written by `labs sandbox`: keeps the AWS CLI in the sandbox of this shell.
case "${{AWS_ENDPOINT_URL:-}}" in
http://127.0.0.1:* | http://localhost:*) exec {aws} --endpoint-url "$AWS_ENDPOINT_URL" "$@" ;;
*) exec {aws} "$@" ;;
esac
"""


def write_wrapper(folder: Path) -> Path | None:
    """Writes `aws` into a folder that is to come first on the PATH; None if there is no AWS CLI.

    The AWS CLI on the PATH is preferred, because it may be newer; else the one that was installed with cardlabs.
    """
    program = _program(folder)
    if program is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    wrapper = folder / "aws"
    content = os.fsencode(_SCRIPT.format(aws=program))
    if wrapper.is_file() and wrapper.read_bytes() == content:
        return folder
    beside = wrapper.with_name(f"aws.{os.getpid()}")
    beside.write_bytes(content)
    beside.chmod(0o755)
    beside.replace(wrapper)
    return folder


def _program(folder: Path) -> str | None:
    places = [
        place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(place) != folder
    ]
    found = shutil.which("aws", path=os.pathsep.join(places))
    if found:
        return shlex.quote(str(Path(found).absolute()))
    if importlib.util.find_spec("awscli") is not None:
        return f"{shlex.quote(sys.executable)} -m awscli"
    return None
