"""The AWS CLI stays in the sandbox: no call of any service goes anywhere else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labs.cli import options
from labs.cli.sandbox import env
from labs.sandbox.client import aws_server
from labs.sandbox.client.aws_wrapper import write_wrapper
from labs.sandbox.client.connection import Sandbox

SANDBOX = "http://127.0.0.1:4566"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the AWS CLI, which prints its arguments; the wrapper around it."""
    program = tmp_path / "real" / "aws"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin:/bin")
    folder = write_wrapper(tmp_path / "bin")
    assert folder is not None
    return folder / "aws"


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        (SANDBOX, f"--endpoint-url {SANDBOX} sqs list-queues"),
        ("http://localhost:4566", "--endpoint-url http://localhost:4566 sqs list-queues"),
        ("https://sqs.eu-west-1.amazonaws.com", "sqs list-queues"),
        ("", "sqs list-queues"),
    ],
)
def test_wrapper_adds_the_sandboxs_address(aws: Path, url: str, printed: str) -> None:
    done = subprocess.run(
        [str(aws), "sqs", "list-queues"],
        env={**os.environ, "AWS_ENDPOINT_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == printed


def test_wrapper_around_a_wrapper_calls_the_real_one(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{aws.parent}{os.pathsep}{os.environ['PATH']}")
    write_wrapper(aws.parent)
    assert str(aws) not in aws.read_text()


def test_path_that_is_not_utf_8_is_printed_as_it_is(
    aws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`eval "$(labs sandbox env)"` finds the wrapper in any folder."""
    home = tmp_path / os.fsdecode(b"caf\xe9")
    monkeypatch.setenv("PATH", str(aws.parent))
    monkeypatch.setattr(
        options, "running_sandbox", lambda: Sandbox(home, "http://127.0.0.1:1", 1, 1, "secret")
    )
    env()
    assert b"caf\xe9/sandbox/bin" in capfdbinary.readouterr().out
    assert (home / "sandbox" / "bin" / "aws").is_file()


def test_cli_that_came_with_cardlabs_is_used_where_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    folder = write_wrapper(tmp_path / "bin")
    assert folder is not None
    assert "-m awscli" in (folder / "aws").read_text()


def test_scripts_of_labs_call_with_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", SANDBOX)
    assert aws_server.endpoint_options() == ["--endpoint-url", SANDBOX]
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert aws_server.endpoint_options() == []


@pytest.mark.slow
def test_no_service_leaves_this_machine_when_it_is_given_the_address() -> None:
    """As the AWS CLI makes its clients of --endpoint-url: for each service that botocore knows."""
    from botocore.session import Session

    session = Session()
    session.set_credentials("sandbox", "sandbox")
    for service in session.get_available_services():
        client = session.create_client(service, region_name="eu-west-1", endpoint_url=SANDBOX)
        assert urlsplit(client.meta.endpoint_url).hostname == "127.0.0.1", service
