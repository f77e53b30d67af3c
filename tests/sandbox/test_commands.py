"""Scripts of labs, run with the real AWS CLI."""

from __future__ import annotations

import importlib.util
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from labs.errors import SandboxError
from labs.sandbox import control
from labs.sandbox.commands import AwsCli, Ran, aws_cli, skips_waiting

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[control.Sandbox]:
    with control.throw_away() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def cli() -> Iterator[AwsCli]:
    with aws_cli() as cli:
        yield cli


@pytest.fixture(scope="module")
def plain() -> AwsCli:
    """The AWS CLI as it is installed beside this Python."""
    return AwsCli(Path(sys.executable).parent)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.sh"


FAILED = "script.sh: line 1 failed\n"
SCRIPTS = {
    "an answer": "aws ecs create-cluster --cluster-name a --query cluster.status --output text",
    "a refusal": "aws ecs list-services --cluster none || echo code $?",
    "a usage error": "aws ecs describe-clusters --no-such-option || echo code $?",
    "no such command": "aws nothing || echo code $?",
    "a version": "aws --version",
    "input from a pipe": "echo '[\"b\"]' | aws ecs describe-clusters --clusters file:///dev/stdin --query failures",
    "input from a file": 'echo \'{"clusters": ["b"]}\' > in; aws ecs describe-clusters --cli-input-json file://in',
    "output in a variable": 'arn=$(aws ecs create-cluster --query cluster.clusterArn --output text); echo "<$arn>"',
    "output into a pipe": "aws ecs list-clusters | grep -c clusterArns",
    "a reader that leaves": "set +o pipefail; aws ec2 describe-instance-types --max-items 50 2>/dev/null | head -1",
    "unread": "mkfifo p; exec 3<>p >p 3<&-; aws ec2 describe-instance-types --max-items 50 2>/dev/null || echo $? >&2",
    "configuration": "aws configure set region us-east-1; aws configure get region; cat ~/.aws/config",
    "words and signs": "aws ecs list-clusters --query '\"ü $HOME * \"' --output text",
    "an object": "echo hi > f; aws s3 mb s3://labs; aws s3 cp f s3://labs/f --no-progress; aws s3 cp s3://labs/f -",
    "an environment of its own": "AWS_DEFAULT_REGION=us-east-1 aws ec2 describe-vpcs --query 'Vpcs[].IsDefault'",
    "a region": "aws ecs create-cluster --region eu-north-1 --query cluster.clusterArn",
    "a background call": "aws sts get-caller-identity --query Account & wait $!",
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_a_call_is_the_real_thing(
    text: str, sandbox: control.Sandbox, cli: AwsCli, plain: AwsCli, script: Path
) -> None:
    """Output, errors and exit code are those of the AWS CLI that is started for each call."""
    script.write_text(text)
    control.reset(sandbox.home)
    quick = cli.run(script, control.environment(sandbox))
    control.reset(sandbox.home)
    assert quick == plain.run(script, control.environment(sandbox))
    assert "process behind this command" not in quick.output


@pytest.mark.parametrize(
    ("text", "ran"),
    [
        ("echo out; echo err >&2", Ran(0, "out\nerr\n")),
        ("exit 7", Ran(7, "")),
        ("false; echo never", Ran(1, FAILED)),
        ("false | true; echo never", Ran(1, FAILED)),
        ('echo "$UNSET"; echo never', Ran(1, "script.sh: line 1: UNSET: unbound variable\n")),
        ("aws ecs list-services --cluster none --output text 2>/dev/null; echo never", Ran(255, FAILED)),
        ("read -r line || echo nothing to read", Ran(0, "nothing to read\n")),
        ("ls -A; ls -A ~", Ran(0, "")),
        ("kill -9 $$", Ran(-signal.SIGKILL, "")),
        (r"printf 'caf\xe9\n'", Ran(0, "caf\ufffd\n")),
    ],
)
def test_a_script_runs_strictly_in_an_empty_place(
    text: str, ran: Ran, sandbox: control.Sandbox, cli: AwsCli, script: Path
) -> None:
    """The first failure ends it, nothing waits for a keyboard, and no file of the user's is in sight."""
    script.write_text(text)
    got = cli.run(script, control.environment(sandbox))
    assert got == Ran(ran.exit_code, ran.output.replace("script.sh", str(script)))


def test_a_script_gets_the_labs_names(sandbox: control.Sandbox, cli: AwsCli, tmp_path: Path) -> None:
    """Parameters in upper case; LAB leads to the lab's folder, so that a mistake can run its solution first."""
    (tmp_path / "mistakes").mkdir()
    (tmp_path / "solution.sh").write_text("echo solved $CLUSTER $TASK_FAMILY\n")
    mistake = tmp_path / "mistakes" / "wrong.sh"
    mistake.write_text('. "$LAB/solution.sh"\necho spoiled\n')
    names = {"LAB": str(tmp_path), "CLUSTER": "labs", "TASK_FAMILY": "web"}
    ran = cli.run(mistake, {**control.environment(sandbox), **names})
    assert ran == Ran(0, "solved labs web\nspoiled\n")


def test_nothing_of_the_users_reaches_a_script(
    sandbox: control.Sandbox, cli: AwsCli, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile or keys in the environment do not lead a script to a real account."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL_ECS"):
        monkeypatch.setenv(name, "mine")
    script.write_text("env | grep mine || aws sts get-caller-identity --query Account")
    assert cli.run(script, control.environment(sandbox)) == Ran(0, '"123456789012"\n')


def test_whoever_waits_puts_the_sandboxs_clock_forward(cli: AwsCli, script: Path) -> None:
    script.write_text(
        "aws iam create-role --role-name r --assume-role-policy-document '"
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, '
        '"Action": "sts:AssumeRole"}]}\' --query Role.CreateDate --output text\n'
        "sleep 3600\n"
        "aws iam create-instance-profile --instance-profile-name p --query InstanceProfile.CreateDate --output text\n"
    )
    with control.throw_away(realistic=True) as realistic:
        ran = cli.run(script, {**control.environment(realistic), **skips_waiting(realistic)}, seconds=100)
    assert ran.exit_code == 0, ran.output
    before, after = (datetime.fromisoformat(line) for line in ran.output.split())
    assert timedelta(hours=1) <= after - before < timedelta(hours=2)


def test_each_script_has_its_own_configuration(sandbox: control.Sandbox, cli: AwsCli, script: Path) -> None:
    environment = {**control.environment(sandbox), "AWS_DEFAULT_REGION": ""}
    script.write_text("aws configure set region us-west-2; aws configure get region\n")
    assert cli.run(script, environment) == Ran(0, "us-west-2\n")
    script.write_text("aws configure get region || echo none\n")
    assert cli.run(script, environment) == Ran(0, "none\n")


def test_output_and_errors_keep_their_order(sandbox: control.Sandbox, cli: AwsCli, script: Path) -> None:
    """As on a terminal."""
    script.write_text("echo one; echo two >&2; printf three")
    assert cli.run(script, control.environment(sandbox)).output == "one\ntwo\nthree"


def test_several_scripts_run_at_once(sandbox: control.Sandbox, cli: AwsCli, tmp_path: Path) -> None:
    """Each has its own streams, directory and environment."""
    control.reset(sandbox.home)
    script = tmp_path / "script.sh"
    script.write_text(
        "for i in 1 2 3; do aws ecs create-cluster --cluster-name $NAME$i --query cluster.clusterName; done\n"
    )

    def run(name: str) -> Ran:
        return cli.run(script, {**control.environment(sandbox), "NAME": name})

    with ThreadPoolExecutor(6) as pool:
        ran = dict(zip("abcdef", pool.map(run, "abcdef"), strict=True))
    assert ran == {name: Ran(0, "".join(f'"{name}{i}"\n' for i in (1, 2, 3))) for name in "abcdef"}


@pytest.mark.parametrize("text", ["sleep 100", "sleep 100 & wait", "cat /dev/zero > /dev/null"])
def test_a_script_that_does_not_end_is_ended(
    text: str, sandbox: control.Sandbox, cli: AwsCli, script: Path
) -> None:
    """With all that it started, and what it had said."""
    script.write_text(f"echo begun; {text}")
    with pytest.raises(SandboxError, match=r"had not ended after 0.3 seconds; it said:\nbegun"):
        cli.run(script, control.environment(sandbox), seconds=0.3)


def test_a_call_that_does_not_end_ends_with_its_script(cli: AwsCli, script: Path) -> None:
    """A call in its forked process holds the output open; it goes when its caller is killed."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as never_answers:
        url = f"http://127.0.0.1:{never_answers.getsockname()[1]}"
        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-west-1"}
        script.write_text("aws ecs list-clusters")
        with pytest.raises(SandboxError, match="had not ended"):
            cli.run(script, {"AWS_ENDPOINT_URL": url, **keys}, seconds=1)


def test_what_a_script_leaves_running_ends_with_it(
    sandbox: control.Sandbox, cli: AwsCli, script: Path, tmp_path: Path
) -> None:
    """A background process that keeps no stream of the script's does not outlive it."""
    held = tmp_path / "held"
    os.mkfifo(held)
    reading = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    try:
        script.write_text(f"exec 9>{held}\nsleep 100 > /dev/null 2>&1 &")
        assert cli.run(script, control.environment(sandbox)).exit_code == 0
        assert select.select([reading], [], [], 60)[0]  # its end closes the pipe
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)


def test_ctrl_c_ends_the_script(sandbox: control.Sandbox, cli: AwsCli, script: Path, tmp_path: Path) -> None:
    """It is not left at work."""
    fifo = tmp_path / "pid"
    os.mkfifo(fifo)
    script.write_text(f"echo $$ > '{fifo}'; sleep 100")

    def interrupt() -> str:
        pid = fifo.read_text().strip()
        while not any(isinstance(each, threading.Timer) for each in threading.enumerate()):
            continue  # `run` has not come to wait yet
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return pid

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ThreadPoolExecutor(1) as pool:
            pid = pool.submit(interrupt)
            with pytest.raises(KeyboardInterrupt):
                cli.run(script, control.environment(sandbox))
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.result()), 0)


def test_the_socket_has_room_below_any_folder(
    sandbox: control.Sandbox, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of a socket is short, TMPDIR need not be."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    script.write_text("aws sts get-caller-identity\n")
    with aws_cli() as cli:
        assert cli.run(script, control.environment(sandbox)).exit_code == 0


@pytest.mark.skipif(shutil.which("ps") is None, reason="this system has no ps")
def test_nothing_is_left_when_it_is_over() -> None:
    """Neither the process behind `aws` nor its folder."""
    with aws_cli() as cli:
        assert cli.folder is not None
        assert shutil.which("aws", path=str(cli.folder)) is not None
    assert not cli.folder.exists()
    ran = subprocess.run(["ps", "-A", "-o", "args"], capture_output=True, text=True, check=True)
    assert str(cli.folder) not in ran.stdout


def test_without_the_package_the_installed_aws_is_used(
    sandbox: control.Sandbox, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An `aws` of another installation does as well, only slower."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    script.write_text("aws sts get-caller-identity --query Account")
    with aws_cli() as cli:
        assert cli == AwsCli(None)
        assert cli.run(script, control.environment(sandbox)) == Ran(0, '"123456789012"\n')


def test_without_any_aws_one_reads_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS CLI at all is a sentence with the command that cures it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxError, match=r"pip install 'cardlabs\[aws-cli\]'"), aws_cli():
        pass
