"""Fall-backs where a version of botocore lacks a private part: its own way, and one warning."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from ssl import SSLContext
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import handlers  # noqa: TID253 - whose parts these are

from labs.aws import botocore_internals as internals
from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import CheckContext, RequestScope, check_context
from labs.errors import ReadRefused

GONE = {
    "the file loader": "botocore.loaders.JSONFileLoader",
    "the call of a client": "botocore.client.BaseClient._make_api_call",
    "the list of handlers": "botocore.handlers.BUILTIN_HANDLERS",
}


@pytest.fixture(autouse=True)
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Nothing has been warned of yet."""
    internals._warn.cache_clear()
    with caplog.at_level(logging.WARNING):
        yield caplog
    internals._warn.cache_clear()


def client(service: str = "ecs") -> Any:
    return SharedClients().client(service, "eu-west-1", None)


def test_nothing_is_missing_in_the_installed_version(moto: None, warnings: pytest.LogCaptureFixture) -> None:
    with read_only_guard():
        client()
    assert not warnings.records


@pytest.mark.parametrize("part", ["the file loader", "the list of handlers"])
def test_a_check_works_without(
    moto: None, monkeypatch: pytest.MonkeyPatch, warnings: pytest.LogCaptureFixture, part: str
) -> None:
    """A listed call is answered, any other is refused before it leaves, and one warning says what is lost."""
    allowed = frozenset({"ecs:ListClusters"})
    monkeypatch.setattr("botocore.session.handlers", SimpleNamespace(**vars(handlers)))
    monkeypatch.delattr(GONE[part])
    with read_only_guard():
        ecs = client()
        for _ in range(2):
            with check_context(CheckContext(RequestScope(_Keys()), allowed)):
                assert ecs.list_clusters()["clusterArns"] == []
                with pytest.raises(ReadRefused):
                    ecs.list_services(cluster="web")
    assert [GONE[part].rsplit(".", 1)[1] in each.getMessage() for each in warnings.records] == [True]


class _Keys:
    access_key, secret_key, token, account_id = "testing", "testing", None, None


def test_calls_are_not_cached_where_they_cannot_be_met(
    monkeypatch: pytest.MonkeyPatch, warnings: pytest.LogCaptureFixture
) -> None:
    from labs.aws.response_cache import remember

    monkeypatch.delattr(GONE["the call of a client"])
    bases: list[type] = [object]
    remember(bases)
    assert bases == [object]
    assert len(warnings.records) == 1


def test_threads_share_the_classes_of_a_service_s_errors() -> None:
    """`except account.ecr.exceptions.ImageNotFoundException` meets an error that another thread's first use raised."""
    between = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # botocore alone nearly always fails so
    try:
        for _ in range(5):
            shared = client("ecr")
            together = Barrier(4)

            def first_use(shared: Any = shared, together: Barrier = together) -> Any:
                together.wait()
                return shared.exceptions.from_code("ImageNotFoundException")

            with ThreadPoolExecutor(4) as pool:
                kinds = [each.result() for each in [pool.submit(first_use) for _ in range(4)]]
            assert {*kinds} == {shared.exceptions.ImageNotFoundException}
    finally:
        sys.setswitchinterval(between)


def test_a_client_without_an_endpoint_sends_by_itself(warnings: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        internals.wrap_http_session(SimpleNamespace(), lambda session: session)
    assert len(warnings.records) == 1


def tls_context(client: Any) -> Any:
    return client._endpoint.http_session._session._manager.connection_pool_kw["ssl_context"]


def test_clients_share_a_tls_context_that_reads_the_roots_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Clients that trust another file of roots have another one."""
    read: list[object] = []
    monkeypatch.setattr(SSLContext, "load_verify_locations", lambda self, *roots: read.append(roots))
    internals._tls_context.cache_clear()
    clients = SharedClients()
    contexts = [tls_context(clients.client(each, "eu-west-1", None)) for each in ("ecs", "sts")]
    assert contexts[0] is contexts[1]
    for each in contexts:
        each.load_verify_locations("roots.pem", None, None)
    assert read == [("roots.pem", None, None)]
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "other.pem"))
    assert tls_context(client()) is not contexts[0]
    internals._tls_context.cache_clear()


def test_a_client_without_pools_reads_the_roots_for_each_connection(
    warnings: pytest.LogCaptureFixture,
) -> None:
    internals.share_tls_context(SimpleNamespace())
    assert len(warnings.records) == 1


def test_a_session_without_pools_keeps_its_own(warnings: pytest.LogCaptureFixture) -> None:
    from http.client import HTTPResponse

    session = SimpleNamespace()
    internals.set_response_class(session, HTTPResponse)
    assert vars(session) == {}
    assert len(warnings.records) == 1


def test_an_answer_without_a_file_is_read_as_it_is(warnings: pytest.LogCaptureFixture) -> None:
    answer = SimpleNamespace(fp=iter(()))
    before = answer.fp
    internals.wrap_body(answer, lambda raw: raw)
    assert answer.fp is before
    assert len(warnings.records) == 1


def test_an_answer_of_unknown_length_is_whole(warnings: pytest.LogCaptureFixture) -> None:
    assert internals.bytes_missing(SimpleNamespace(raw=SimpleNamespace())) == 0
    assert len(warnings.records) == 1
    assert internals.bytes_missing(SimpleNamespace(raw=SimpleNamespace(length_remaining=None))) == 0
    assert internals.bytes_missing(SimpleNamespace(raw=SimpleNamespace(length_remaining=3))) == 3
    assert len(warnings.records) == 1


def test_a_protocol_is_read_from_the_metadata(warnings: pytest.LogCaptureFixture) -> None:
    assert internals.protocol(SimpleNamespace(metadata={"protocol": "json"})) == "json"
    assert len(warnings.records) == 1


def test_a_boto3_without_default_session_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(internals.sys.modules, "boto3", SimpleNamespace())  # type: ignore[arg-type] # stands in for a module
    internals.forget_default_session()
    assert not hasattr(internals.sys.modules["boto3"], "DEFAULT_SESSION")
