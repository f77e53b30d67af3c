"""The checks of a foreign pack run in a process of their own, which can do nothing but ask for reads."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from labs.author.scaffold import scaffold
from labs.aws import pack_channel as say
from labs.aws import pack_child
from labs.aws.key_tracking import keys_read
from labs.aws.limits import RunLimits
from labs.aws.pack_checks import verifier_of
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import AwsSession
from labs.content.pack import open_catalog
from labs.errors import ContentError
from labs.verdict import Finding, State
from labs.verify.job import Job
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify
from tests.aws import aws_sessions, intercepted_http
from tests.builders import Builder

CHECK = '''
import ctypes, gc, importlib, os, pathlib, signal, socket, subprocess, sys, urllib.request
import boto3, botocore.session
from botocore.exceptions import ClientError
from labs.sdk import CannotTell, Failed, Leftover, Leftovers, Objective, Passed

READS = ("ecs:ListClusters", "ecs:ListServices")


def bypasses(account, outside):
    """Each way around that was open."""
    def subinterpreter():
        import _xxsubinterpreters
        _xxsubinterpreters.run_string(_xxsubinterpreters.create(), "import os; os.stat('/')")
    ways = {
        "reads a file": lambda: pathlib.Path(outside).read_text(),
        "writes a file": lambda: pathlib.Path(outside).write_text("x"),
        "writes beside itself": lambda: pathlib.Path(__file__).with_name("new.py").write_text(""),
        "reads the command's environment": lambda: open(f"/proc/{os.getppid()}/environ").read(),
        "reads keys": lambda: [] if not [n for n in os.environ if "AWS_A" in n or "SECRET" in n] else ["keys"],
        "connects": lambda: socket.create_connection(("127.0.0.1", 9), 1),
        "opens an address": lambda: urllib.request.urlopen("http://127.0.0.1:9/", timeout=1),
        "sends a datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        "runs a program": lambda: subprocess.run(["true"]),
        "asks a shell": lambda: os.system("true"),
        "forks": lambda: os.fork() or os._exit(0),
        "ends the command": lambda: os.kill(os.getppid(), 0),
        "loads a library": lambda: ctypes.CDLL("libc.so.6"),
        "calls the C library": lambda: ctypes.CDLL(None).getppid(),
        "finds a function": lambda: ctypes.pythonapi.getppid(),
        "forks without a word": lambda: subprocess._fork_exec(),
        "has the maker of processes": lambda: importlib.import_module("_posixsubprocess"),
        "calls by cffi": lambda: importlib.import_module("_cffi_backend").FFI(),
        "signals by a descriptor": lambda: signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0),
        "finds the hook": lambda: gc.get_objects(),
        "makes an interpreter": subinterpreter,
    }
    through = []
    for name, way in ways.items():
        try:
            if way() != []:
                through.append(name)
        except (ImportError, OSError, RuntimeError):
            pass
    return Failed(", ".join(through), "nothing", "") if through else Passed("nothing")


def reads(account, _):
    found = [arn for page in account.ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    assert boto3.client("ecs", region_name=account.region).list_clusters()["clusterArns"] == found
    return Passed(f"{account.id} {found[0]}", evidence="clusterArns")


def meets_an_error(account, _):
    try:
        account.ecs.list_services(cluster="none")
    except account.ecs.exceptions.ClusterNotFoundException as error:
        return Passed(error.response["Error"]["Code"])


def writes(account, _):
    raw = botocore.session.Session(include_builtin_handlers=False)
    for client in (account.ecs, raw.create_client("ecs", region_name="eu-west-1")):
        try:
            client.create_cluster(clusterName="pwned")
        except Exception:
            pass
    return Passed("as if nothing had been")


def babbles(account, _):
    for number in range(3, 20):
        try:
            os.write(number, b"\\xff" * 64)
        except OSError:
            pass
    account.ecs.list_clusters()


def raises(error):
    def check(account, _):
        raise error
    return check


WAYS = {
    "bypasses": bypasses, "reads": reads, "meets-an-error": meets_an_error, "writes": writes, "babbles": babbles,
    "for-ever": lambda *_: next(iter(lambda: 0, 1)) or [None for _ in iter(int, 1)],
    "prints": lambda *_: print("x" * 100_000) or Passed("printed"),
    "denied": lambda account, _: account.ecs.list_services(cluster="none"),
    "leaves": lambda *_: os._exit(3),
    "cannot-tell": raises(CannotTell("it is not known")), "misses": raises(KeyError("clusterArns")),
    "breaks": raises(ZeroDivisionError("by zero")), "returns": lambda *_: "passed",
    "lies-at-length": lambda *_: Passed("x" * 2_000_000), "object": lambda *_: Passed(object()),
    "surrogate": lambda *_: Passed("\\ud800"),
}


def check(account, lab):
    way, _, more = lab["group"].partition(":")
    return WAYS[way](account, more)


def left(account, lab, seen):
    for arn in account.ecs.list_clusters()["clusterArns"]:
        yield Leftover("cluster", arn, detail=seen[0])


OBJECTIVES = (Objective("group", check),)
LEFTOVERS = (Leftovers(left),)
'''
LAB = "own-lab"
REFUSALS = {
    "denied": "ListServices answered ClusterNotFoundException: ",
    "leaves": "the process of the pack's checks has ended",
    "babbles": "the process of the pack's checks has ended",
    "cannot-tell": "it is not known",
    "breaks": "ZeroDivisionError: by zero",
    "lies-at-length": "the process of the pack's checks has ended",
    "object": "TypeError: Encoding objects of type object is unsupported",
    "surrogate": "UnicodeEncodeError",
    "returns": "TypeError: it returned 'passed' where Passed or Failed was due",
    "writes": "the check asked for ecs:CreateCluster, which is not among its reads",
}

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The lab of a pack that does what its parameter says; its process serves all tests."""
    folder = tmp_path_factory.mktemp("pack")
    list(scaffold(folder, LAB))
    (folder / "checks" / "own_lab.py").write_text(CHECK)
    catalog = open_catalog([folder])
    return Job(catalog.lab(LAB), verifier_of(catalog, catalog.lab(LAB)))


@contextmanager
def account() -> Iterator[AwsSession]:
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        yield sessions.open()


def found(foreign: Job, session: AwsSession, way: str) -> Finding:
    job = Job(foreign.lab, foreign.verifier, {"group": way})
    (finding,) = verify([job], session, alone=True).labs[0].findings
    return finding


def test_a_foreign_check_has_no_way_around(foreign: Job, moto: None, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_text("secret")
    with account() as session:
        finding = found(foreign, session, f"bypasses:{outside}")
    assert (finding.state, finding.found) == (State.PASSED, "nothing"), finding
    assert outside.read_text() == "secret"


@pytest.mark.slow
def test_a_foreign_check_reads_by_ordinary_clients(foreign: Job, moto: None) -> None:
    """Its answers are those that its session keeps: they are asked for once, and are evidence."""
    arn = Builder().cluster("one")
    with account() as session:
        finding = found(foreign, session, "reads")
        assert finding.found == f"123456789012 {arn}", finding
        assert [each.value for each in finding.evidence] == [[arn]]
        assert session.scope.asked() == {"ecs:ListClusters", "sts:GetCallerIdentity"}
        assert found(foreign, session, "meets-an-error").found == "ClusterNotFoundException"
        assert found(foreign, session, "prints").state is State.PASSED


@pytest.mark.slow
def test_a_foreign_check_tells_which_keys_it_looks_up(foreign: Job, moto: None) -> None:
    """An unknown word under another key changes no verdict."""
    Builder().cluster("one")
    [objective] = foreign.objectives()
    with account() as session:
        assert found(foreign, session, "reads").state is State.PASSED
        keys = keys_read(
            session,
            frozenset(foreign.verifier.reads),
            lambda account: objective.check(account, {"group": "reads"}),
        )
    assert keys == {"ecs:ListClusters", "ecs:ListClusters clusterArns"}


def test_a_service_without_regions_is_asked_in_that_of_the_check() -> None:
    """Botocore names the Region of its IAM clients `aws-global`; the sandbox has none of that name."""
    from botocore.session import Session

    asked: list[str] = []

    class Command:
        def ask(self, service: str, region: str, operation: str, arguments: Any) -> say.Answer:
            asked.append(region)
            return say.Answer(1, 1, {})

    def ask_both() -> None:
        pack_child._region.set("eu-west-1")
        send = pack_child.answer_by(Command())  # type: ignore[arg-type]
        for service, operation in (("iam", "ListRoles"), ("ecs", "ListClusters")):
            send(Session().create_client(service, region_name="eu-north-1"), operation, {})

    copy_context().run(ask_both)
    assert asked == ["eu-west-1", "eu-north-1"]


@pytest.mark.slow
def test_many_foreign_checks_run_side_by_side(foreign: Job, moto: None) -> None:
    """Each gets the answers to its own questions, from the one process of their pack."""
    Builder().cluster("one")
    ways = ["reads", "meets-an-error", "prints"] * 8
    with account() as session:
        verdict = verify([Job(foreign.lab, foreign.verifier, {"group": way}) for way in ways], session)
    assert [lab.findings[0].state for lab in verdict.labs] == [State.PASSED] * len(ways)


@pytest.mark.slow
@pytest.mark.parametrize("way", REFUSALS)
def test_what_a_foreign_check_raises_is_no_verdict(way: str, foreign: Job, moto: None) -> None:
    with account() as session:
        finding = found(foreign, session, way)
    assert finding.state is State.INCONCLUSIVE
    assert REFUSALS[way] in finding.message
    assert Builder().client("ecs").list_clusters()["clusterArns"] == []


@pytest.mark.slow
def test_a_foreign_check_that_never_ends_is_ended(foreign: Job, moto: None) -> None:
    """And the next one runs in a new process."""
    with account() as session:
        session.scope.limits = RunLimits(0.5, grace=60)
        finding = found(foreign, session, "for-ever")
        assert finding.state is State.INCONCLUSIVE
        assert "0.5 s" in finding.message
        assert found(foreign, session.again(), "prints").state is State.PASSED


def test_a_foreign_pack_finds_leftovers(foreign: Job, moto: None) -> None:
    arn = Builder().cluster("one")
    with account() as session:
        (left,) = leftovers(foreign.lab, foreign.verifier, {}, session, ["seen"])
    assert (left.kind, left.id, left.detail) == ("cluster", arn, "seen")


@pytest.mark.slow
def test_a_foreign_check_that_cannot_be_imported_is_a_fault_of_its_pack(tmp_path: Path) -> None:
    """And nothing of it runs in the command's own process."""
    list(scaffold(tmp_path, LAB))
    (tmp_path / "checks" / "own_lab.py").write_text("import builtins; builtins.pwned = 1; import nowhere")
    catalog = open_catalog([tmp_path])
    with pytest.raises(ContentError, match="cannot be imported: ModuleNotFoundError"):
        verifier_of(catalog, catalog.lab(LAB))
    assert "pwned" not in vars(builtins)
