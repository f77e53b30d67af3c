"""`labs doctor` on this machine: where credentials come from, its clock, the AWS CLI."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labs.aws.session import ConnectionOptions
from labs.content.pack import Catalog
from labs.doctor import environment
from labs.doctor.checks import examine
from labs.errors import install_command
from labs.show.doctor_text import render_doctor

WHERE = ConnectionOptions(region="eu-west-1")


def test_the_source_of_credentials_is_named(keys: None) -> None:
    assert environment.source(WHERE) == "the environment (AWS_ACCESS_KEY_ID)"
    assert environment.source(ConnectionOptions(environment={"AWS_ENDPOINT_URL": "x"})) == "the sandbox's own"


def test_a_profile_s_credentials_come_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[me]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    assert environment.source(ConnectionOptions(profile="me")) == "the credentials file"


@pytest.mark.parametrize("profile", [None, "not-there"])
def test_no_credentials_have_no_source(profile: str | None) -> None:
    assert environment.source(ConnectionOptions(profile=profile)) == ""


@pytest.mark.parametrize(
    ("off", "code", "message"),
    [
        (timedelta(0), 0, r"clock +correct"),
        (timedelta(seconds=90), 0, r"clock +(89|90|91) s off"),
        (timedelta(minutes=10), 1, "ahead of AWS, so AWS rejects the signatures"),
        (timedelta(minutes=-10), 1, "behind AWS, so AWS rejects the signatures"),
    ],
    ids=str,
)
def test_the_doctor_compares_clocks(
    embedded: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, off: timedelta, code: int, message: str
) -> None:
    """By the date on the answer to the question who we are."""
    program(tmp_path, monkeypatch, "echo aws-cli/2.30.0 Python/3.13")
    points = examine(
        Catalog(packs=(), labs={}), ConnectionOptions(), tmp_path, lambda: datetime.now(UTC) + off
    )
    assert all(point.well for point in points) is (code == 0)
    assert re.search(message, render_doctor(points))


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """An `aws` that does this, first on the PATH."""
    path = folder / "aws"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return path


def test_the_aws_cli_of_our_own_environment_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation by `uv tool` leaves it off the PATH; `labs sandbox shell` puts it there."""
    path = program(tmp_path, monkeypatch, "exit 0")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert environment.aws_cli() == (f"only in `labs sandbox shell`, at {path}", "")


@pytest.mark.parametrize(
    ("mark", "command"),
    [
        ("pyvenv.cfg", "pip install"),
        ("uv-receipt.toml", "uv tool install"),
        ("pipx_metadata.json", "pipx install --force"),
    ],
)
def test_an_extra_is_installed_as_the_package_was(
    mark: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / mark).touch()
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    assert install_command("anki") == f"{command} 'cardlabs[anki]'"


def test_the_version_of_the_aws_cli_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, monkeypatch, "echo aws-cli/2.30.0 Python/3.13 Linux")
    assert environment.aws_cli() == (f"aws-cli 2.30.0 at {path}", "")


def test_an_aws_cli_that_does_not_work_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, monkeypatch, "echo 'pyenv: aws: command not found' >&2; exit 127")
    assert environment.aws_cli() == (None, f"{path} does not work: pyenv: aws: command not found")


def test_an_aws_cli_that_says_nothing_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, monkeypatch, "exit 0")
    assert environment.aws_cli() == (None, f"{path} does not work: exit code 0")


def test_an_aws_cli_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(environment, "CLI_SECONDS", 0.1)
    seen, wrong = environment.aws_cli()
    assert seen is not None
    assert str(path) in seen
    assert wrong == ""


def test_a_machine_without_the_aws_cli_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert environment.aws_cli() == (None, "`aws` is not on the PATH")


def test_our_own_aws_cli_tells_its_version_without_being_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it was run")

    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    monkeypatch.setattr("subprocess.run", refuse)
    seen, _ = environment.aws_cli()
    assert seen is not None
    assert seen.startswith("aws-cli ")
