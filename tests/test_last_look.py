"""The last look: ways around the guard's handlers end below them, where nothing has been sent yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse  # noqa: TID253 - every test here needs it
from botocore.handlers import BUILTIN_HANDLERS  # noqa: TID253 - as above
from botocore.httpsession import URLLib3Session  # noqa: TID253 - as above

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.errors import ReadRefused
from labs.sdk import Account, Names, Objective, Outcome, Passed
from labs.verdict import Finding, State
from labs.verify.runner import verify
from tests.builders import job
from tests.faults import _Raw

STS = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account><Arn>arn:aws:iam::"
    b"123456789012:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, keys: None) -> list[str]:
    """The requests that botocore would have sent over the network."""
    seen: list[str] = []

    def send(session: object, request: Any) -> AWSResponse:
        asked = request.headers.get("X-Amz-Target", b"sts")
        seen.append(asked.decode().rpartition(".")[2] if isinstance(asked, bytes) else asked)
        body = json.dumps({"clusterArns": []}).encode() if seen[-1] == "ListClusters" else STS
        return AWSResponse(request.url, 200, {}, _Raw(body))  # type: ignore[arg-type] # a body that can be streamed is all that is asked of it

    monkeypatch.setattr(URLLib3Session, "send", send)
    return seen


@pytest.fixture
def handlers() -> Iterator[None]:
    """Botocore's list of handlers, which is as before afterwards."""
    stock = BUILTIN_HANDLERS[:]
    yield
    BUILTIN_HANDLERS[:] = stock


def judged(act: Callable[[Account], object]) -> Finding:
    def check(account: Account, names: Names) -> Outcome:
        try:
            act(account)
        except Exception:  # noqa: BLE001 - what an author should not write
            return Passed("swallowed")
        return Passed("acted")

    with read_only_guard():
        session = open_session(ConnectionOptions(region="eu-west-1"))
        return (
            verify([job(Objective("one", check), reads=("ecs:ListClusters",))], session).labs[0].findings[0]
        )


def create(client: Any) -> None:
    client.create_cluster(clusterName="mine")


def without_handlers(_: Account) -> None:
    from botocore.session import Session

    create(Session(include_builtin_handlers=False).create_client("ecs", region_name="eu-west-1"))


def handlers_taken_off(account: Account) -> None:
    client = account.client("ecs")
    for event, handler, *_ in list(BUILTIN_HANDLERS):
        if handler.__module__.startswith("labs."):
            client.meta.events.unregister(event, handler)
    create(client)


def list_of_handlers_emptied(_: Account) -> None:
    import boto3

    BUILTIN_HANDLERS.clear()
    create(boto3.Session(region_name="eu-west-1").client("ecs"))


def request_made_by_hand(account: Account) -> None:
    client = account.client("ecs")
    model = client.meta.service_model.operation_model("CreateCluster")
    heads = {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.CreateCluster"}
    asked = {"url_path": "/", "query_string": "", "method": "POST", "headers": heads, "body": b"{}"}
    client._make_request(model, {**asked, "url": client.meta.endpoint_url + "/", "context": {}}, {})


def changed(event: str) -> Callable[[Account], None]:
    """A handler that makes another request of one that is allowed."""

    def act(account: Account) -> None:
        def change(request: Any, **_: Any) -> None:
            del request.headers["X-Amz-Target"]
            request.headers["X-Amz-Target"] = "AmazonEC2ContainerServiceV20141113.CreateCluster"

        client = account.client("ecs")
        client.meta.events.register_last(f"{event}.ecs.ListClusters", change)
        try:
            client.list_clusters()
        finally:
            client.meta.events.unregister(f"{event}.ecs.ListClusters", change)

    return act


def signed_by_hand(_: Account) -> None:
    from botocore.auth import SigV4Auth
    from botocore.credentials import Credentials

    heads = {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.CreateCluster"}
    request = AWSRequest("POST", "https://ecs.eu-west-1.amazonaws.com/", heads, b"{}")
    SigV4Auth(Credentials("a", "b"), "ecs", "eu-west-1").add_auth(request)
    URLLib3Session().send(request.prepare())


def presigned_address(account: Account) -> None:
    account.client("ecs").generate_presigned_url("create_cluster")


def presigned_form(account: Account) -> None:
    account.client("s3").generate_presigned_post("bucket", "key")


WAYS: dict[str, tuple[Callable[[Account], None], str]] = {
    "a session without handlers": (without_handlers, "CreateCluster"),
    "handlers taken off": (handlers_taken_off, "CreateCluster"),
    "the list of handlers emptied": (list_of_handlers_emptied, "CreateCluster"),
    "a request made by hand": (request_made_by_hand, "CreateCluster"),
    "changed before it is signed": (changed("request-created"), "CreateCluster"),
    "changed after it was signed": (changed("before-send"), "CreateCluster"),
    "signed by hand": (signed_by_hand, "CreateCluster"),
    "a presigned address": (presigned_address, "a presigned address"),
    "a presigned form": (presigned_form, "a presigned address"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_around_the_handlers_ends_at_the_last_look(way: str, sent: list[str], handlers: None) -> None:
    """Nothing is sent, and the objective is inconclusive though the check swallows the refusal."""
    act, named = WAYS[way]
    finding = judged(act)
    assert finding.state is State.INCONCLUSIVE
    assert named in finding.message
    assert set(sent) == {"sts"}


def test_what_the_guard_let_through_is_sent(sent: list[str]) -> None:
    finding = judged(lambda account: account.client("ecs").list_clusters())
    assert finding.state is State.PASSED
    assert sorted(sent) == ["ListClusters", "sts"]


def test_handlers_that_were_taken_off_are_put_on_again(sent: list[str], handlers: None) -> None:
    """The next session is behind the guard as if nobody had emptied botocore's list."""
    import boto3

    with read_only_guard():
        BUILTIN_HANDLERS.clear()
        with pytest.raises(ReadRefused, match="at the last moment"):
            create(boto3.Session(region_name="eu-west-1").client("ecs"))
        with pytest.raises(ReadRefused, match="no check is known to ask for it"):
            create(boto3.Session(region_name="eu-west-1").client("ecs"))
    assert sent == []


def test_presigning_works_again_without_the_guard(keys: None) -> None:
    import boto3

    with read_only_guard():
        pass
    assert "Signature=" in boto3.client("s3").generate_presigned_url("list_buckets")
