"""`labs web`: where its checks look, what it prints, and a desk of its own process."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labs.cli.web import is_sandbox_shell, names_account
from labs.sandbox import control
from tests.builders import Labs


def test_an_unknown_lab_opens_no_desk(labs: Labs) -> None:
    code, _, err = labs("web", "no-such-lab", "--no-browser")
    assert code == 2
    assert "no-such-lab" in err


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"])
def test_an_environment_for_aws_names_an_account(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not names_account()
    monkeypatch.setenv(name, "there")
    assert names_account()


def test_a_shell_of_the_sandbox_looks_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_ACCESS_KEY_ID": "sandbox"}
    monkeypatch.setattr(control, "running", lambda _: object())
    monkeypatch.setattr(control, "environment", lambda _: here)
    assert not is_sandbox_shell()
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    assert is_sandbox_shell()
    monkeypatch.setattr(control, "running", lambda _: None)
    assert not is_sandbox_shell()


def test_files_of_the_aws_cli_name_an_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    assert not names_account()
    file.write_text("[default]\n")
    assert names_account()


@pytest.mark.slow
@pytest.mark.process
def test_the_desk_serves_until_ctrl_c() -> None:
    """It prints its address, opens the lab that was named, and ends with exit code 0."""
    command = [sys.executable, "-m", "labs", "web", "ecr-push", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as desk:
        assert desk.stdout is not None
        address = urlsplit(desk.stdout.readline().split()[-1])
        assert desk.stdout.readline() == "It checks the sandbox. Stop with Ctrl-C.\n"
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=30)
        connection.request("GET", f"{address.path}?{address.query}")
        answer = connection.getresponse()
        answer.read()
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        assert (answer.status, answer.headers["Location"]) == (303, "/lab")
        connection.request("GET", "/lab", headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        assert answer.headers["Location"] == "/labs/ecr-push"
        desk.send_signal(signal.SIGINT)
        assert desk.wait(30) == 0
