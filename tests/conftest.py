"""Fixtures of every test, which isolate it from the credentials, home folder and progress of the user."""

from __future__ import annotations

import gc
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial, wraps
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from labs.aws.read_only_guard import read_only_guard
from labs.doctor.account import Point
from labs.sandbox.client import connection
from labs.sandbox.commands import AwsCli, aws_cli
from tests.aws import SessionFactory, aws_sessions, intercepted_http
from tests.builders import Builder, Labs, Ran, embedded_aws, moto_aws
from tests.forked_servers import forked_servers

KEPT = ("AWS_CA_BUNDLE",)
"""Variables that are kept: they configure the network, not an account."""


_numbers = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--states`: the folder in which `labs test --states` stored the states of the labs."""
    parser.addoption("--states", type=Path, metavar="DIR", help="use the labs' states that are stored there")


def pytest_configure() -> None:
    """Configures the process: hypothesis, garbage collection and signals.

    Hypothesis generates the same examples each time, without a time limit. botocore's models and moto's images are half
    a million objects: collecting garbage among them, again and again, took a quarter of the tests' time. SIGINT is
    enabled for the tests' processes even in the background, whose children ignore it.
    """
    settings.register_profile(
        "cardlabs", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("cardlabs")
    gc.set_threshold(50_000, 20, 100)
    for each in ("SIGINT", "SIGHUP"):
        number = getattr(signal, each, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _ignore)  # unlike SIG_IGN, no process that is started inherits a function


def pytest_collection_finish() -> None:
    """Excludes the objects of the collected tests from garbage collection."""
    gc.collect()
    gc.freeze()


def _ignore(*_: object) -> None:
    """A signal handler that does nothing."""


def _parsing_once(loader: type[Any]) -> Callable[..., Any]:
    stock = loader.load_file
    parsed = cache(partial(stock, loader()))

    @wraps(stock)
    def load_file(_: object, file_path: str) -> Any:
        return parsed(file_path)

    return load_file


def _listing_once(stock: Callable[..., list[str]]) -> Callable[..., list[str]]:
    listed: dict[tuple[str, ...], list[str]] = {}

    @wraps(stock)
    def list_available_services(loader: Any, type_name: str) -> list[str]:
        key = (type_name, *loader.search_paths)
        if key not in listed:
            listed[key] = stock(loader, type_name)
        return listed[key]

    return list_available_services


def _accepts_kwargs(handler: Any) -> bool:
    """Replaces a slow check of botocore, made for a hundred handlers of each session, by one of the code object."""
    code = getattr(handler, "__code__", None) or handler.__call__.__code__
    return bool(code.co_flags & inspect.CO_VARKEYWORDS)


@pytest.fixture(scope="session", autouse=True)
def models_parsed_once() -> Iterator[None]:
    """Botocore's models are loaded once per process, not for each of the tests' thousands of sessions."""
    from botocore import hooks
    from botocore.loaders import JSONFileLoader, Loader

    from labs.aws.model_loader import PlainFiles

    with pytest.MonkeyPatch.context() as patch:
        for loader in (JSONFileLoader, PlainFiles):
            patch.setattr(loader, "load_file", _parsing_once(loader))
        patch.setattr(hooks, "accepts_kwargs", _accepts_kwargs)
        alias = partial(hooks.EventAliaser._alias_event_name, hooks.EventAliaser(None))
        patch.setattr(hooks.EventAliaser, "_alias_event_name", staticmethod(cache(alias)))
        patch.setattr(Loader, "list_available_services", _listing_once(Loader.list_available_services))
        yield


@pytest.fixture(scope="session", autouse=True)
def forked() -> Iterator[None]:
    """The servers of sandboxes are forks of one process; `real_servers` is for tests of their start."""
    with forked_servers() as servers, pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "subprocess", servers)
        yield


@pytest.fixture(scope="module", autouse=True)
def no_world_left() -> Iterator[None]:
    """Fails a file of tests that leaves resources in moto, whose backends are shared by the whole process."""
    yield
    backends = sys.modules.get("moto.core.base_backend")
    used = vars(backends.BackendDict)["_instances"] if backends else ()
    assert [each.service_name for each in used if any(each.iter_backends())] == []


@pytest.fixture(scope="session")
def real_cli() -> Iterator[AwsCli]:
    """The AWS CLI, imported once for all tests of a worker that run scripts."""
    with aws_cli() as started:
        yield started


@pytest.fixture
def real_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each server is a separate program, as started by a user."""
    monkeypatch.setattr(connection, "subprocess", subprocess)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder for the test; pytest's own fixture lists the folders of all earlier tests to number it."""
    return tmp_path_factory.mktemp(f"{next(_numbers)}", numbered=False)


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home, a new LABS_HOME, no AWS_ or LABS_ variables, and no instance metadata service."""
    for name in os.environ:
        if name.startswith(("AWS_", "LABS_")) and name not in KEPT:
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "labs"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Invalid credentials and a Region; moto without its images and managed policies."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",
    }.items():
        monkeypatch.setenv(name, value)
    plan = Point("free plan", True, "moto has no API of it")
    monkeypatch.setattr("labs.doctor.account.plan_of", lambda session: plan)
    yield
    models = sys.modules.get("moto.ec2.models")
    if models is not None:
        models.ec2_backends.clear()  # moto's own reset keeps them as they were made: without images


@pytest.fixture
def moto(keys: None) -> Iterator[None]:
    """An empty AWS in this process, without the sandbox's extensions."""
    with moto_aws():
        yield


@pytest.fixture
def embedded(keys: None) -> Iterator[None]:
    """An empty AWS in this process with the sandbox's extensions: agents register, services place tasks."""
    with embedded_aws():
        yield


@pytest.fixture
def labs(capsys: pytest.CaptureFixture[str]) -> Labs:
    """Runs a command in this process."""
    from labs.cli import run

    def call(*arguments: object) -> Ran:
        code = run([str(each) for each in arguments])
        return Ran(code, *capsys.readouterr())

    return call


@pytest.fixture
def cli(labs: Labs) -> Labs:
    """The same, for commands, and fails if one prints a traceback."""

    def call(*arguments: object) -> Ran:
        ran = labs(*arguments)
        assert "Traceback" not in ran.err
        return ran

    return call


@pytest.fixture
def sessions(moto: None) -> Iterator[SessionFactory]:
    """Sessions behind the read-only guard, in an AWS with one cluster."""
    Builder().cluster("c")
    with intercepted_http(), read_only_guard(), aws_sessions() as found:
        yield found
