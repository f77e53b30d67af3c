"""The sandbox's server, as a process of its own behind real sockets."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import busy
import pytest

from labs import __version__
from labs.errors import SandboxError
from labs.sandbox import control
from labs.sandbox.client import connection
from labs.sandbox.server import main

pytestmark = [pytest.mark.process, pytest.mark.slow]

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=f00"
}


@pytest.fixture(scope="module")
def kept() -> Iterator[control.Sandbox]:
    with control.throw_away() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(kept: control.Sandbox) -> control.Sandbox:
    control.reset(kept.home)
    return kept


@pytest.fixture
def clients(sandbox: control.Sandbox) -> busy.Clients:
    return busy.clients_of(sandbox.url)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    control.stop(tmp_path)


def ask(sandbox: control.Sandbox, method: str, path: str, headers: dict[str, str] | None = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
    connection.putrequest(method, path, skip_host="Host" in (headers or {}))
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def kill(home: Path) -> None:
    """Ends the server as a crash would, and waits until it is gone."""
    sandbox = control.running(home)
    assert sandbox is not None
    with socket.create_connection(("127.0.0.1", sandbox.port)) as open_until_it_dies:
        os.kill(sandbox.pid, signal.SIGKILL)
        with suppress(ConnectionResetError):
            assert open_until_it_dies.recv(1) == b""


@pytest.mark.parametrize("end", [control.stop, kill], ids=["stop", "kill -9"])
def test_a_busy_world_is_the_same_after_a_new_start(
    home: Path, end: Callable[[Path], Any], real_servers: None
) -> None:
    """Instances, services, roles, keys, balancers: every read gives the same, ids and times included."""
    first = control.start(home)
    clients = busy.clients_of(first.url)
    for make in busy.MAKERS:
        make(clients)
    before = busy.seen(clients)
    end(home)
    assert control.running(home) is None
    second = control.start(home)
    after = busy.seen(busy.clients_of(second.url))
    assert {name for name in before if before[name] != after[name]} == set()
    assert (second.port, second.token != first.token) == (first.port, True)


def test_a_change_shows_in_the_next_read(clients: busy.Clients) -> None:
    """No waiting: what a call has done is there when it returns."""
    clients("ecs").create_cluster(clusterName="now")
    assert clients("ecs").list_clusters()["clusterArns"] == ["arn:aws:ecs:eu-west-1:123456789012:cluster/now"]


def test_concurrent_changes_are_all_kept(home: Path) -> None:
    """Many callers at once: each change is there, and in the journal, exactly once."""
    clients = busy.clients_of(control.start(home).url)
    ecs = clients("ecs")
    names = [f"c{number:02}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: ecs.create_cluster(clusterName=name), names))
    before = ecs.describe_clusters(clusters=names)["clusters"]
    status = control.status(home)
    assert status is not None
    assert (len(before), status.changes) == (40, 40)
    kill(home)
    again = busy.clients_of(control.start(home).url)("ecs").describe_clusters(clusters=names)["clusters"]
    assert again == before


UNSUPPORTED = {
    "json": ("ecs", "submit_attachment_state_changes", {"attachments": []}),
    "query": (
        "autoscaling",
        "get_predictive_scaling_forecast",
        dict.fromkeys(("AutoScalingGroupName", "PolicyName"), "x")
        | dict.fromkeys(("StartTime", "EndTime"), 0),
    ),
    "ec2": ("ec2", "describe_address_transfers", {}),
    "cbor": ("cloudwatch", "list_managed_insight_rules", {"ResourceARN": "arn:aws:s3:::x"}),
    "rest-json": ("efs", "describe_replication_configurations", {}),
    "rest-xml": ("cloudfront", "list_trust_stores", {}),
    "service that moto lacks": ("chime", "list_accounts", {}),
}


@pytest.mark.parametrize("case", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_moto_lacks_is_an_error_of_aws(
    clients: busy.Clients, case: tuple[str, str, dict[str, Any]]
) -> None:
    """In each protocol botocore reads a ClientError whose code says that the emulator does not have it."""
    from botocore.exceptions import ClientError

    service, operation, arguments = case
    with pytest.raises(ClientError) as error:
        getattr(clients(service), operation)(**arguments)
    answer = error.value.response
    assert answer["Error"]["Code"] == "NotImplemented"
    assert "emulator does not have" in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize("path", ["/", "/_cardlabs/ping", "/_cardlabs/none", "/moto-api/", "/none/such?x=1"])
def test_every_answer_says_that_it_is_the_sandbox(sandbox: control.Sandbox, path: str) -> None:
    """Also errors and refusals carry the mark: whoever gets it does not talk to AWS."""
    assert ask(sandbox, "GET", path).headers["x-cardlabs-sandbox"] == "1"


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"Host": "evil.example"}, "/"),
        ({"Host": "evil.example:80"}, "/_cardlabs/status"),
        ({"Host": "127.0.0.1.evil.example"}, "/_cardlabs/ping"),
        ({"Host": "localhost.evil.example"}, "/"),
        ({"Host": "10.0.0.1"}, "/"),
        ({"Host": ""}, "/"),
        ({"Origin": "http://evil.example"}, "/_cardlabs/status"),
        ({"Origin": "null"}, "/"),
        ({}, "/moto-api/reset"),
        ({}, "/moto-api/data.json"),
    ],
)
def test_web_pages_and_other_names_are_refused(
    sandbox: control.Sandbox, headers: dict[str, str], path: str
) -> None:
    """Neither a rebound name nor a page in the user's browser reaches the world or its controls."""
    for method in ("GET", "POST"):
        assert ask(sandbox, method, path, headers).status == 403


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:80", "LOCALHOST", "[::1]:80", "bucket.localhost:80"]
)
def test_names_of_this_machine_are_answered(sandbox: control.Sandbox, host: str) -> None:
    """Whatever a user calls the loopback interface."""
    assert ask(sandbox, "GET", "/_cardlabs/ping", {"Host": host}).status == 200


@pytest.mark.parametrize("name", ["reset", "load", "stop"])
@pytest.mark.parametrize("token", [None, "", "0" * 32, "ü"])
def test_changing_needs_the_token(sandbox: control.Sandbox, name: str, token: str | None) -> None:
    """Another user of this machine can look at the sandbox's status, no more."""
    headers = {} if token is None else {"X-Cardlabs-Token": token}
    assert ask(sandbox, "POST", f"/_cardlabs/{name}", headers).status == 403
    assert control.running(sandbox.home) is not None


def test_a_world_that_cannot_be_written_is_refused(sandbox: control.Sandbox, tmp_path: Path) -> None:
    """The message names the reason, as for a full disk, and nothing is left behind."""
    control.save(sandbox.home, tmp_path / "world")
    received = sandbox.home / "sandbox" / "journal.loaded"
    received.symlink_to(received.parent / "none" / "file")
    with pytest.raises(SandboxError, match=r"journal\.loaded cannot be written: No such file"):
        control.load(sandbox.home, tmp_path / "world")
    assert not received.is_symlink()


def test_the_token_is_for_its_user_only(sandbox: control.Sandbox) -> None:
    """The file that holds it is readable by its owner alone."""
    assert (sandbox.home / "sandbox" / "server.json").stat().st_mode & 0o077 == 0
    assert sandbox.token not in repr(sandbox)


def test_it_listens_on_loopback_only() -> None:
    """Whatever the options, the address is 127.0.0.1."""
    with main.listen(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_named_or_passed_over() -> None:
    """A demanded port must be free; a preferred one is only preferred."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} on 127.0.0.1 cannot be used"):
            main.listen(port)
        with main.listen(0, preferred=port) as listening:
            assert listening.getsockname()[1] != port


def test_a_connection_stays_open(sandbox: control.Sandbox) -> None:
    """Many calls need one connection: a new one for each would cost as much as the call."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
    connection.connect()
    first = connection.sock
    for method, path in [("PUT", "/labs"), ("HEAD", "/labs"), ("GET", "/nowhere"), ("DELETE", "/labs")]:
        connection.request(method, path, headers=SIGNED)
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_a_body_in_chunks_is_read_whole(sandbox: control.Sandbox, clients: busy.Clients) -> None:
    """An upload whose length is not known beforehand arrives, and the connection goes on."""
    clients("s3", "us-east-1").create_bucket(Bucket="labs")
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
    for name in ("one", "two"):
        connection.request("PUT", f"/labs/{name}", iter([b"a" * 70_000, b"b"]), SIGNED, encode_chunked=True)
        assert connection.getresponse().read() == b""
    connection.close()
    assert clients("s3").get_object(Bucket="labs", Key="two")["Body"].read() == b"a" * 70_000 + b"b"


def test_no_secret_is_written_down(home: Path) -> None:
    """A journal may be handed out: whoever used real keys by mistake finds neither signature nor token in it."""
    import boto3

    sandbox = control.start(home)
    ecs = boto3.client(
        "ecs",
        "eu-west-1",
        endpoint_url=sandbox.url,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="mysecret",
        aws_session_token="mytoken",
    )
    signed: list[str] = []
    ecs.meta.events.register(
        "before-send", lambda request, **_: signed.append(str(request.headers["Authorization"]))
    )
    ecs.create_cluster()
    text = (home / "sandbox" / "journal.jsonl").read_text()
    signature = signed[0].rpartition("Signature=")[2].rstrip("'")
    assert len(signature) == 64
    assert [
        secret for secret in ("mysecret", "mytoken", signature, "AKIAIOSFODNN7EXAMPLE") if secret in text
    ] == []


def test_the_users_own_settings_do_not_reach_moto(
    home: Path, monkeypatch: pytest.MonkeyPatch, real_servers: None
) -> None:
    """A profile that does not exist, a moto setting, a time zone: the sandbox is the same for everyone."""
    for name, value in {
        "AWS_PROFILE": "none-such",
        "MOTO_ACCOUNT_ID": "999999999999",
        "TZ": "Asia/Tokyo",
    }.items():
        monkeypatch.setenv(name, value)
    sandbox = control.start(home)
    monkeypatch.undo()
    assert busy.clients_of(sandbox.url)("sts").get_caller_identity()["Account"] == sandbox.account


def test_keys_of_the_shell_are_not_in_the_servers_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch, real_servers: None
) -> None:
    """The server runs for days, and everybody's processes of this user may read what it was started with."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mysecret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "mytoken")
    started = connection.server_environment()
    assert [name for name in started if name.startswith("AWS_")] == []
    assert "PATH" in started
    environ = Path(f"/proc/{control.start(home).pid}/environ")
    if environ.exists():
        assert b"mysecret" not in environ.read_bytes()


def test_keys_that_the_sandbox_gave_out_stay_in_the_journal(clients: busy.Clients) -> None:
    """Whose keys they are decides what a replay does."""
    import boto3

    clients("iam").create_user(UserName="ada")
    key = clients("iam").create_access_key(UserName="ada")["AccessKey"]
    ecs = boto3.client(
        "ecs",
        "eu-west-1",
        endpoint_url=clients("ecs").meta.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    ecs.create_cluster()
    sandbox_journal = Path(
        json.loads(urllib.request.urlopen(ecs.meta.endpoint_url + "/_cardlabs/status").read())["journal"]
    )
    assert f"Credential={key['AccessKeyId']}/" in sandbox_journal.read_text()


def test_a_server_that_hangs_is_told_stopped_and_emptied(home: Path) -> None:
    """It answers nothing at all: the status says so, and stop ends it by its process; the world is kept."""
    sandbox = control.start(home)
    busy.clients_of(sandbox.url)("ecs").create_cluster(clusterName="kept")
    os.kill(sandbox.pid, signal.SIGSTOP)
    with pytest.raises(
        SandboxError, match=f"process {sandbox.pid}, but does not answer. Stop it: labs sandbox stop"
    ):
        control.status(home, seconds=0.1)
    assert control.stop(home, seconds=0.1) is True
    assert control.stop(home, seconds=0.1) is False
    again = control.start(home)
    assert len(busy.clients_of(again.url)("ecs").list_clusters()["clusterArns"]) == 1
    os.kill(again.pid, signal.SIGSTOP)
    assert control.reset(home, seconds=0.1) is True
    assert busy.clients_of(control.start(home).url)("ecs").list_clusters()["clusterArns"] == []


def test_a_damaged_journal_is_told_at_the_start_and_in_the_status(home: Path) -> None:
    """The usable part is there; the message says what was lost, and where the damaged file is."""
    clients = busy.clients_of(control.start(home).url)
    for name in ("one", "two", "three"):
        clients("ecs").create_cluster(clusterName=name)
    control.stop(home)
    path = home / "sandbox" / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"seed":', b'"sead":', 3))
    path.write_bytes(path.read_bytes().replace(b'"sead":', b'"seed":', 2))
    again = control.start(home)
    assert "line 3 is damaged (its checksum is another): of 3 changes the last 2 are lost" in again.damage
    assert len(busy.clients_of(again.url)("ecs").list_clusters()["clusterArns"]) == 1


def test_a_second_process_is_kept_out_of_the_folder(home: Path) -> None:
    """Two processes would spoil one journal: the second says so and leaves it alone."""
    control.start(home)
    with (
        pytest.raises(SandboxError, match="another process serves the sandbox"),
        main.hold(home / "sandbox"),
    ):
        pass


def test_the_status_counts(home: Path) -> None:
    """Requests, changes and the latest errors, for `labs sandbox status`."""
    clients = busy.clients_of(control.start(home).url)
    clients("ecs").create_cluster()
    clients("ecs").list_clusters()
    status = control.status(home)
    assert status is not None
    assert (status.requests, status.changes, status.errors) == (2, 1, ())
    assert status.uptime > 0
    assert status.journal == home / "sandbox" / "journal.jsonl"
    assert status.version == __version__
