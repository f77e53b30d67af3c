"""A world is data: whatever it asks for, nothing leaves the server's process and nothing runs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import busy
import pytest

from labs.errors import SandboxError
from labs.sandbox import control
from labs.sandbox.faults import no_region
from labs.sandbox.services import SERVED, is_nowhere, read_saved
from labs.sandbox.world.journal import Header, Journal, JournalEntry, RecordedRequest

WAYS = """
import ctypes, json, os, pathlib, socket, sqlite3, subprocess, sys, tempfile, urllib.request
from labs.sandbox.server.confinement import confine
folder, outside = map(pathlib.Path, sys.argv[1:])
port = socket.create_server(("127.0.0.1", 0))
datagrams = socket.socket(type=socket.SOCK_DGRAM)
confine(folder)
(folder / "link").symlink_to(folder / "else")
ways = {
    "connects to loopback": lambda: socket.create_connection(port.getsockname()),
    "connects elsewhere": lambda: socket.create_connection(("192.0.2.1", 80)),
    "connects to Docker": lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock"),
    "asks a name server": lambda: socket.gethostbyname("example.org"),
    "sends a datagram": lambda: datagrams.sendto(b"x", ("127.0.0.1", 9)),
    "opens an address": lambda: urllib.request.urlopen("http://127.0.0.1:1/"),
    "runs a program": lambda: subprocess.run(["true"]),
    "asks a shell": lambda: os.system("true"),
    "forks": lambda: os.fork() or os._exit(0),
    "becomes another": lambda: os.execv("/bin/true", ["true"]),
    "spawns": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "loads a library": lambda: ctypes.CDLL("libc.so.6"),
    "reads a file": lambda: (outside / "secret").read_text(),
    "writes a file": lambda: (outside / "new").write_text(""),
    "writes upwards": lambda: (folder / ".." / "new").write_text(""),
    "removes a file": lambda: (outside / "secret").unlink(),
    "renames a file": lambda: (outside / "secret").rename(folder / "mine"),
    "makes a folder": lambda: (outside / "folder").mkdir(),
    "opens a database": lambda: sqlite3.connect(outside / "db"),
}
refused = []
for name, way in ways.items():
    try:
        way()
    except (PermissionError, urllib.error.URLError) as error:
        assert "keeps to itself" in str(error), error
        refused.append(name)
(folder / "mine").write_text("mine")
tempfile.TemporaryFile().write(b"mine")
import decimal, requests, xml.dom.minidom
url = "http://127.0.0.1:%d/" % port.getsockname()[1]
assert requests.post(url, timeout=1).status_code == 503  # an API destination of EventBridge, a subscription of SNS
print(json.dumps(sorted(set(ways) - set(refused))))
"""


@pytest.mark.slow
@pytest.mark.process
def test_a_confined_process_keeps_to_itself(tmp_path: Path) -> None:
    """No connection, no program, no file outside; its own folder and Python's modules are open to it."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    ran = subprocess.run(
        [sys.executable, "-c", WAYS, str(folder), str(outside)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == []
    assert [each.name for each in outside.iterdir()] == ["secret"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[control.Sandbox]:
    with control.throw_away() as sandbox:
        yield sandbox


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on this machine that nobody is to call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def was_called(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.process
@pytest.mark.slow
def test_a_notification_is_not_delivered(sandbox: control.Sandbox, listener: socket.socket) -> None:
    """A topic takes a subscription of any address and a message: nobody is called, and the status tells it."""
    sns = busy.clients_of(sandbox.url)("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url(listener))
    assert sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    assert not was_called(listener)
    status = control.status(sandbox.home)
    assert status is not None
    assert status.errors[-1] == f"Refused to a world: POST {url(listener)}"


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("batch", "submit_job", {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"}),
        ("firehose", "list_delivery_streams", {}),
        ("stepfunctions", "list_state_machines", {}),
        ("apigateway", "get_rest_apis", {}),
    ],
)
def test_a_service_that_is_not_served_says_so(
    sandbox: control.Sandbox, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    """An error of AWS's protocol, and nothing in the journal."""
    from botocore.exceptions import ClientError

    before = (sandbox.home / "sandbox" / "journal.jsonl").read_bytes()
    with pytest.raises(ClientError) as error:
        getattr(busy.clients_of(sandbox.url)(service), operation)(**arguments)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert (sandbox.home / "sandbox" / "journal.jsonl").read_bytes() == before


def signed(service: str) -> RecordedRequest:
    scope = f"AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host"
    asked = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "REQUEST_URI": "/", "QUERY_STRING": ""}
    return RecordedRequest({**asked, "HTTP_AUTHORIZATION": scope})


@pytest.mark.parametrize(
    ("header", "service"),
    [(("ecs",), "batch"), (("ecs", "batch"), "ecs"), ((), "glue")],
    ids=["asked", "in the header", "older"],
)
def test_a_world_that_asks_for_others_is_not_loaded(
    tmp_path: Path, header: tuple[str, ...], service: str
) -> None:
    """It says for which."""
    path = tmp_path / "world"
    kept = Journal.create(path, Header(born=1.0, seed=1, services=header))
    kept.append(JournalEntry(2.0, 1, signed("ecs")))
    kept.append(JournalEntry(2.0, 1, signed(service)))
    kept.close()
    with pytest.raises(SandboxError, match=r"services that the sandbox does not serve: (batch|glue)$"):
        read_saved(path)


def test_a_request_to_no_region_is_refused() -> None:
    """On AWS its name has no address; other partitions have Regions too."""
    request = signed("ecs")
    assert not is_nowhere(request)
    for region, nowhere in (("cn-north-1", False), ("mars-1", True)):
        scope = request.environ["HTTP_AUTHORIZATION"].replace("eu-west-1", region)
        elsewhere = RecordedRequest({**request.environ, "HTTP_AUTHORIZATION": scope})
        assert is_nowhere(elsewhere) is nowhere
    answer = no_region(elsewhere)
    assert (answer.status, b"The sandbox has no Region mars-1" in answer.body) == (400, True)


def test_a_world_of_served_services_is_loaded(tmp_path: Path) -> None:
    """Every one of them, and steps in which only time passed."""
    path = tmp_path / "world"
    kept = Journal.create(path, Header(born=1.0, seed=1, services=tuple(SERVED)))
    for service in SERVED:
        kept.append(JournalEntry(2.0, 1, signed(service)))
    kept.append(JournalEntry(3.0, 1))
    kept.close()
    assert len(read_saved(path).entries) == len(SERVED) + 1
