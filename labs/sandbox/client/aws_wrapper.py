"""An `aws` that stays in the sandbox: it gives the AWS CLI the sandbox's address by --endpoint-url.

AWS CLI 1 reads AWS_ENDPOINT_URL, but not for services whose address it makes itself (sqs, emr, rds, docdb ...), and
AWS CLI 2 knows the variable since 2.13 only: such a call would leave for the real AWS. The wrapper is used where the
variable leads to this machine, and passes everything else on as it is.
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
    """Writes `aws` into a folder of its own, to be put first on the PATH; None if there is no AWS CLI.

    The AWS CLI of the PATH comes first, as it may be the newer one; else the one that was installed with cardlabs.
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
