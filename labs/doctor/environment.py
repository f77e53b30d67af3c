"""The environment of a check on this machine: the source of its credentials, its clock, the AWS CLI."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from labs.aws.clients import session_of
from labs.aws.faults import read_errors
from labs.aws.request_scope import CheckContext, RequestScope, check_context
from labs.aws.session import CREDENTIAL_CALLS, AwsSession, ConnectionOptions

CLI_SECONDS = 5.0
TOLERATED = timedelta(minutes=4)
"""AWS refuses a signature whose time is more than five minutes off (docs.aws.amazon.com/IAM/latest/UserGuide)."""

SOURCES = {
    "env": "the environment (AWS_ACCESS_KEY_ID)",
    "shared-credentials-file": "the credentials file",
    "config-file": "the configuration file",
    "assume-role": "a role that your profile assumes",
    "assume-role-with-web-identity": "a role assumed by a web identity",
    "sso": "IAM Identity Center (aws sso login)",
    "login": "aws login",
    "custom-process": "your profile's credential_process",
    "container-role": "the container's role",
    "iam-role": "the instance's role",
}
"""botocore's names for where it found credentials, for people."""


def source(where: ConnectionOptions) -> str:
    """The source of the credentials in use; empty if unknown."""
    if where.environment:
        return "the sandbox's own"
    session = session_of(where.profile)
    try:
        with check_context(CheckContext(RequestScope(), CREDENTIAL_CALLS, fetches_credentials=True)):
            found = session.get_credentials()
    except read_errors():  # the run itself says why
        return ""
    return SOURCES.get(found.method, found.method) if found else ""


def skew(session: AwsSession, now: datetime) -> timedelta | None:
    """How far this machine's clock is ahead of the server's, by the Date header of an answer; None without one."""
    for promised in session.scope.answers.values():
        if promised.exception() is None:
            _, parsed = promised.result()
            date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
            if date:
                return now - parsedate_to_datetime(date)
    return None


def aws_cli() -> tuple[str | None, str]:
    """The AWS CLI's version with its path, or None and the problem."""
    ours = Path(sys.executable).parent
    found = shutil.which("aws")
    if found is None and shutil.which("aws", path=str(ours)):
        return f"only in `labs sandbox shell`, at {ours / 'aws'}", ""
    if found is None:
        return None, "`aws` is not on the PATH"
    if Path(found).parent == ours:
        try:
            return f"aws-cli {version('awscli')} at {found}", ""
        except PackageNotFoundError:
            pass  # another program of that name in our folder: it has to say so itself
    return _version_of(found)


def _version_of(program: str) -> tuple[str | None, str]:
    try:
        ran = subprocess.run(  # noqa: S603 - the AWS CLI of the user
            [program, "--version"], capture_output=True, text=True, timeout=CLI_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{program}, which did not tell its version in {CLI_SECONDS:.0f} s", ""
    except OSError as error:
        return None, f"{program} cannot be run: {error.strerror}"
    text = (ran.stdout or ran.stderr).strip()
    if ran.returncode or not text:
        return None, f"{program} does not work: {text.partition(chr(10))[0] or f'exit code {ran.returncode}'}"
    return f"{text.split()[0].replace('/', ' ')} at {program}", ""
