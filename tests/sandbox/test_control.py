"""Starting, finding and stopping the sandbox, also where something else is in the way."""

from __future__ import annotations

import http.server
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import busy
import pytest

from labs.errors import SandboxError
from labs.sandbox import control

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "learner-home"
    control.stop(tmp_path / "learner-home")


def clusters(sandbox: control.Sandbox) -> list[str]:
    arns = busy.clients_of(sandbox.url)("ecs").list_clusters()["clusterArns"]
    return [arn.rpartition("/")[2] for arn in arns]


def make_cluster(sandbox: control.Sandbox, name: str) -> None:
    busy.clients_of(sandbox.url)("ecs").create_cluster(clusterName=name)


def wait_for_end(sandbox: control.Sandbox, *, pid: int, with_signal: int) -> None:
    """Ends a process and waits until the sandbox's has gone, which tidies up after its last connection."""
    watched = os.pidfd_open(sandbox.pid)
    try:
        os.kill(pid, with_signal)
        assert select.select([watched], [], [], 30)[0], "the sandbox goes on"
    finally:
        os.close(watched)


def test_nothing_runs_in_a_new_home(home: Path) -> None:
    """A home that was never used has no sandbox, and asking does not make one."""
    assert control.running(home) is None
    assert control.status(home) is None
    assert control.stop(home) is False
    assert not home.exists()


def test_a_home_in_which_nothing_can_be_kept_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SandboxError, match=r"Not a directory\. Set LABS_HOME"):
        control.start(file / "home")


def test_a_sandbox_runs_from_start_to_stop(home: Path, real_servers: None) -> None:
    """`start` returns the sandbox that `running` finds; after a stop there is none; the world and the port stay."""
    sandbox = control.start(home)
    assert control.running(home) == sandbox
    assert (sandbox.ran_already, sandbox.url) == (False, f"http://127.0.0.1:{sandbox.port}")
    make_cluster(sandbox, "mine")
    assert control.stop(home) is True
    assert control.running(home) is None
    again = control.start(home)
    assert (again.port, clusters(again)) == (sandbox.port, ["mine"])


def test_a_second_start_says_that_it_runs(home: Path) -> None:
    """It is the same process, and the caller can tell."""
    first = control.start(home)
    second = control.start(home)
    assert (second.pid, second.ran_already) == (first.pid, True)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"port": 1}, "To start port 1, stop it first"),
        ({"realistic": True}, "To start a realistic one"),
        ({"fresh": True}, "To start a fresh one"),
    ],
)
def test_a_running_sandbox_is_not_taken_for_another(home: Path, option: dict[str, Any], says: str) -> None:
    """Who asks for something else than what runs is reported, and what runs is left alone."""
    sandbox = control.start(home)
    with pytest.raises(SandboxError, match=says):
        control.start(home, **option)
    assert control.running(home) == sandbox


def test_starts_at_the_same_time_give_one_sandbox(home: Path) -> None:
    """Several terminals, one server."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: control.start(home), range(4)))
    assert len({sandbox.pid for sandbox in found}) == 1
    assert sorted(sandbox.ran_already for sandbox in found) == [False, True, True, True]


def test_two_homes_are_two_worlds(home: Path, tmp_path: Path) -> None:
    """Two homes have two sandboxes with worlds of their own; stopping one leaves the other."""
    other = tmp_path / "other"
    one, two = control.start(home), control.start(other)
    try:
        make_cluster(one, "ours")
        assert (clusters(one), clusters(two)) == (["ours"], [])
        control.stop(home)
        assert control.running(other) == two
    finally:
        control.stop(other)


def test_a_crash_is_noticed_and_survived(home: Path) -> None:
    """After kill -9 nothing runs, whatever the state file says; the next start has the whole world."""
    sandbox = control.start(home)
    make_cluster(sandbox, "kept")
    wait_for_end(sandbox, pid=sandbox.pid, with_signal=signal.SIGKILL)
    assert control.running(home) is None
    assert clusters(control.start(home)) == ["kept"]


def test_sigterm_ends_it_in_order(home: Path) -> None:
    """As when the machine is shut down."""
    sandbox = control.start(home)
    wait_for_end(sandbox, pid=sandbox.pid, with_signal=signal.SIGTERM)
    assert control.running(home) is None
    assert "Traceback" not in sandbox.log.read_text()


@pytest.mark.parametrize(
    "state",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"port": "x", "token": "t"}',
        '{"port": 1}',
        "\x00",
        '{"port": 1, "token": "t"}',
    ],
)
def test_a_state_file_that_leads_nowhere_is_no_sandbox(home: Path, state: str) -> None:
    """Half-written, foreign or stale: nothing runs, and a start goes ahead."""
    (home / "sandbox").mkdir(parents=True)
    (home / "sandbox" / "server.json").write_text(state)
    assert control.running(home) is None
    with pytest.raises(SandboxError):
        control.save(home, home / "file")


@pytest.mark.parametrize(
    "message",
    [b"", b"hello", b"{}", b"[]", b'{"yours": false}', b'{"yours": "true", "pid": 1}'],
    ids=["nothing", "text", "no answer to the token", "a list", "another's", "not quite"],
)
def test_whoever_has_the_port_by_now_is_not_taken_for_the_sandbox(home: Path, message: bytes) -> None:
    """Only who knows the token is the one that was started."""

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(message)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        (home / "sandbox").mkdir(parents=True)
        state = {"port": other.server_port, "pid": 1, "token": "t"}
        (home / "sandbox" / "server.json").write_text(json.dumps(state))
        try:
            assert control.running(home) is None
        finally:
            other.shutdown()
            thread.join()


def test_another_homes_sandbox_is_not_ours(home: Path, tmp_path: Path) -> None:
    """A state file that leads to a real sandbox with another token does not make it this home's."""
    sandbox = control.start(home)
    other = tmp_path / "other" / "sandbox"
    other.mkdir(parents=True)
    state = {"port": sandbox.port, "pid": sandbox.pid, "token": "0" * 32}
    (other / "server.json").write_text(json.dumps(state))
    assert control.running(other.parent) is None
    assert control.stop(other.parent) is False
    assert control.running(home) == sandbox


def test_a_start_that_fails_says_why(home: Path) -> None:
    """A damaged journal, a journal of a newer cardlabs, a port in use: the server's own sentence."""
    (home / "sandbox").mkdir(parents=True)
    journal = home / "sandbox" / "journal.jsonl"
    journal.write_text("nonsense\n")
    with pytest.raises(SandboxError, match=r"did not start: .*journal.jsonl is not a saved sandbox"):
        control.start(home)
    journal.write_text('{"journal": 99, "cardlabs": "9.0"}\n')
    with pytest.raises(
        SandboxError, match=r"cardlabs 9.0 in format 99.*start an empty sandbox: labs sandbox reset"
    ):
        control.start(home)
    control.reset(home)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} on 127.0.0.1 cannot be used"):
            control.start(home, port=port)
    assert clusters(control.start(home)) == []


def test_a_server_that_dies_at_once_is_quoted(
    home: Path, monkeypatch: pytest.MonkeyPatch, real_servers: None
) -> None:
    """Where it could not even say why, the end of its log is shown."""
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    with pytest.raises(SandboxError, match=r"did not start: it said:\n.*"):
        control.start(home)


def test_the_pace_belongs_to_the_world(home: Path) -> None:
    """A world that has started realistic does not go on otherwise; an untouched one may."""
    assert control.start(home).realistic is False
    control.stop(home)
    sandbox = control.start(home, realistic=True)
    assert sandbox.realistic is True
    make_cluster(sandbox, "slow")
    control.stop(home)
    with pytest.raises(SandboxError, match="was started with --realistic"):
        control.start(home)
    assert clusters(control.start(home, fresh=True)) == []


@pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
def test_reset_empties_the_world(home: Path, runs: bool) -> None:
    """Running or not; a running one keeps its address."""
    sandbox = control.start(home)
    make_cluster(sandbox, "gone")
    if not runs:
        control.stop(home)
    control.reset(home)
    again = control.start(home)
    assert (again.ran_already, clusters(again)) == (runs, [])
    control.reset(home)


def test_a_reset_world_is_as_good_as_new(home: Path) -> None:
    """All of a busy world can be made a second time: nothing of the first is left, across services."""
    sandbox = control.start(home)
    seen = []
    for _ in range(2):
        clients = busy.clients_of(sandbox.url)
        for make in busy.MAKERS:
            make(clients)
        seen.append({name: count(answer) for name, answer in busy.seen(clients).items()})
        control.reset(home)
    assert seen[0] == seen[1]
    assert busy.clients_of(sandbox.url)("s3").list_buckets()["Buckets"] == []


def count(answer: Any) -> int:
    """How many things an answer holds, whatever their names."""
    if isinstance(answer, dict):
        return sum(map(count, answer.values()))
    return sum(map(count, answer)) if isinstance(answer, list | tuple) else 1


def test_reset_needs_no_sandbox(home: Path) -> None:
    """Nothing to empty is no fault."""
    control.reset(home)


@pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
def test_a_saved_world_is_made_again_elsewhere(home: Path, tmp_path: Path, runs: bool) -> None:
    """A teacher hands out a file; whoever loads it has the same ids, in place of what was there."""
    teacher = control.start(home)
    busy.make_roles(busy.clients_of(teacher.url))
    roles = busy.clients_of(teacher.url)("iam").list_roles()["Roles"]
    control.save(home, tmp_path / "prepared")
    learner = tmp_path / "learner"
    try:
        make_cluster(control.start(learner), "gone")
        if not runs:
            control.stop(learner)
        control.load(learner, tmp_path / "prepared")
        sandbox = control.start(learner)
        assert (clusters(sandbox), sandbox.ran_already) == ([], runs)
        assert busy.clients_of(sandbox.url)("iam").list_roles()["Roles"] == roles
        make_cluster(sandbox, "on-it-goes")
        control.stop(learner)
        assert clusters(control.start(learner)) == ["on-it-goes"]
    finally:
        control.stop(learner)


def test_what_is_no_saved_world_is_not_loaded(home: Path, tmp_path: Path) -> None:
    """A wrong file changes nothing."""
    sandbox = control.start(home)
    make_cluster(sandbox, "mine")
    (tmp_path / "rubbish").write_text("rubbish\n")
    for file in (tmp_path / "rubbish", tmp_path / "missing"):
        with pytest.raises(SandboxError):
            control.load(home, file)
    with pytest.raises(SandboxError, match="cannot be written"):
        control.save(home, tmp_path / "none" / "file")
    assert clusters(sandbox) == ["mine"]


def test_a_throw_away_sandbox_leaves_nothing(real_servers: None) -> None:
    """Neither process nor folder outlives the block, also when it ends by an error."""
    used: list[control.Sandbox] = []

    def use() -> None:
        with control.throw_away() as sandbox:
            used.append(sandbox)
            make_cluster(sandbox, "gone")
            control.reset(sandbox.home)
            assert clusters(sandbox) == []
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()
    [sandbox] = used
    assert not sandbox.home.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(sandbox.pid, 0)


def test_a_throw_away_sandbox_ends_with_its_owner() -> None:
    """Also when the owner is killed and can clean up nothing."""
    program = (
        "import sys\n"
        "from labs.sandbox import control\n"
        "with control.throw_away() as sandbox:\n"
        "    print(sandbox.home, sandbox.port, sandbox.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        home, port, pid = owner.stdout.readline().split()
        sandbox = control.Sandbox(Path(home), "", int(port), int(pid), "")
        wait_for_end(sandbox, pid=owner.pid, with_signal=signal.SIGKILL)
    assert not (Path(home) / "sandbox").exists()
    Path(home).rmdir()


def test_the_exports_are_good_for_a_shell(home: Path) -> None:
    """Evaluated, they lead to the sandbox, and what led elsewhere is gone."""
    sandbox = control.Sandbox(home, "http://127.0.0.1:5", 5, 1, "token")
    before = "export AWS_PROFILE=mine AWS_SESSION_TOKEN=real"
    script = f"{before}\n{control.exports(sandbox)}env"
    ran = subprocess.run(
        ["sh", "-euc", script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )
    variables = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert {name: value for name, value in variables.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
        "AWS_PAGER": "",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.mark.parametrize("program", ["/bin/sh", "bash"])
def test_the_shell_leads_to_the_sandbox(home: Path, program: str) -> None:
    """The user's own shell, with nothing in it that leads to a real account."""
    (home / "sandbox").mkdir(parents=True)
    code = (
        "from pathlib import Path; from labs.sandbox import control;"
        f"control.shell(control.Sandbox(Path({str(home)!r}), 'http://127.0.0.1:5', 5, 1, 't'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SHELL": program, "AWS_PROFILE": "mine", "HOME": str(home)},
        input="echo at $AWS_ENDPOINT_URL as ${AWS_PROFILE-nobody}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "at http://127.0.0.1:5 as nobody" in ran.stdout
