"""Records: what a verdict rests on, without secrets; replayed offline it gives the same verdict, under every fault."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs import __version__
from labs.aws.redaction import REDACTED, Redaction, redacted
from labs.aws.request_scope import RequestScope
from labs.content.pack import open_catalog
from labs.errors import ContentError
from labs.sdk import CannotTell
from labs.verify import recording
from labs.verify.recording import read
from labs.verify.replay import RecordedAnswer, RecordedScope, answers, without_host
from tests.aws import Fault, injected, instant_retries, intercepted_http
from tests.builders import Builder, Labs
from tests.faults import FAULTS

pytestmark = pytest.mark.slow

LAB = "ecs-placement"
SPREAD = ({"type": "spread", "field": "host"},)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on nothing can be asked, and there are no credentials; a profile is named that is not there."""

    def cut() -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("a record was replayed, and something was asked")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", refuse)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_PROFILE", "not-there")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.example:1")

    return cut


def objectives(document: str) -> Any:
    """The objectives of a verdict's document, without the evidence."""
    [lab] = json.loads(document)["labs"]
    return [{key: value for key, value in each.items() if key != "evidence"} for each in lab["objectives"]]


@pytest.mark.parametrize(
    "strategy", [({"type": "binpack", "field": "memory"},), SPREAD], ids=["right", "wrong"]
)
def test_a_record_replays_to_the_same_verdict_offline(
    labs: Labs, embedded: None, offline: Callable[[], None], tmp_path: Path, strategy: Any
) -> None:
    """The same states, words and exit code, without a request; the replay is no check that is remembered."""
    Builder().packed(strategy)
    kept = tmp_path / "record.json"
    code, then, err = labs("check", LAB, "--record", kept, "--format", "json")
    assert "does not replay" not in err
    offline()
    code_now, now, _ = labs("explain", kept, "--format", "json")
    assert code_now == code
    assert objectives(now) == objectives(then)
    assert json.loads(now)["calls"] == 0
    assert json.loads(now)["target"]["account"] == json.loads(then)["target"]["account"]


@pytest.mark.parametrize("fault", [each for each in FAULTS if each.strike], ids=lambda fault: fault.id)
def test_a_fault_is_replayed_as_a_fault(labs: Labs, embedded: None, tmp_path: Path, fault: Fault) -> None:
    """Whatever befell the descriptions of services: the replay says the same, and makes no verdict of it."""
    Builder().packed()
    kept = tmp_path / "record.json"
    struck = injected(fault, only=lambda call: call.operation == "DescribeServices")
    with intercepted_http(), instant_retries(), struck:
        code, then, _ = labs("check", LAB, "--record", kept, "--format", "json")
    code_now, now, _ = labs("explain", kept, "--format", "json")
    assert code_now == code
    assert [each["state"] for each in objectives(now)] == [each["state"] for each in objectives(then)]


def test_a_record_without_credentials_says_so_again(
    labs: Labs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    kept = tmp_path / "record.json"
    assert labs("check", LAB, "--record", kept)[0] == 3
    code, out, _ = labs("explain", kept)
    assert code == 3
    assert "No AWS credentials found" in out


def test_names_of_the_learner_are_replayed(labs: Labs, embedded: None, tmp_path: Path) -> None:
    Builder().cluster("mine")
    kept = tmp_path / "record.json"
    labs("check", LAB, "-p", "cluster=mine", "--objective", "cluster", "--record", kept)
    code, out, _ = labs("explain", kept)
    assert code == 0
    assert "mine is ACTIVE" in out


def test_a_record_names_the_pack_of_its_lab(labs: Labs, embedded: None, tmp_path: Path) -> None:
    """A replay by another version says so; one without the pack says which pack is missing."""
    kept = tmp_path / "record.json"
    labs("check", LAB, "--record", kept)
    recorded = read(kept)
    assert recorded.labs[0].pack == f"aws-ecs {__version__}"
    other = kept.read_text().replace(f"aws-ecs {__version__}", "aws-ecs 0.0.9")
    kept.write_text(other)
    _, _, err = labs("explain", kept)
    assert f"{LAB}: recorded with aws-ecs 0.0.9, judged by aws-ecs {__version__}" in err
    kept.write_text(other.replace(LAB, "own-lab"))
    code, _, err = labs("explain", kept)
    assert (code, "own-lab is a lab of pack aws-ecs 0.0.9, which is not installed" in err) == (2, True)


def test_a_replay_is_of_the_time_of_its_record(
    labs: Labs, embedded: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conditions of policies may ask for it."""
    labs("check", LAB, "--objective", "cluster", "--record", tmp_path / "record.json")
    recorded = read(tmp_path / "record.json")
    monkeypatch.setattr(recording, "verify", lambda _, session: session.account().now)
    assert recording.replay(recorded, open_catalog()) == recorded.at


def test_a_replay_is_not_remembered(
    labs: Labs, embedded: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Builder().packed()
    kept = tmp_path / "record.json"
    labs("check", LAB, "--record", kept)
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "another"))
    labs("explain", kept)
    assert labs("progress", "export")[1] == ""


def test_a_record_holds_no_credentials(
    labs: Labs, embedded: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLE")
    Builder().packed()
    kept = tmp_path / "record.json"
    labs("check", LAB, "--record", kept)
    text = kept.read_text()
    for secret in ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "IQoJb3JpZ2luX2Vj", "Authorization"):
        assert secret not in text


def test_an_edited_answer_changes_the_replay_and_is_reported(
    labs: Labs, embedded: None, tmp_path: Path
) -> None:
    """A record proves what its answers say, not what is written above them."""
    Builder().packed(SPREAD)
    kept = tmp_path / "record.json"
    labs("check", LAB, "--record", kept)
    kept.write_text(kept.read_text().replace('"spread"', '"binpack"').replace('"host"', '"memory"'))
    _, _, err = labs("explain", kept)
    assert "binpack-memory: recorded as failed, now passed" in err
    code, _, err = labs("receipt", kept)
    assert code == 2
    assert "its answers do not give its verdict" in err


def test_a_dispute_becomes_a_test_by_one_command(labs: Labs, embedded: None, tmp_path: Path) -> None:
    """With what was settled, where the verdict was wrong."""
    Builder().packed(SPREAD)
    kept, folder = tmp_path / "record.json", tmp_path / "disputes"
    labs("check", LAB, "--record", kept)
    _, _, err = labs("explain", kept, "--test", folder, "--expect", "binpack-memory=passed")
    [test] = folder.iterdir()
    assert str(test) in err
    assert read(test).labs[0].states["binpack-memory"] == "passed"
    assert read(test).answers == read(kept).answers


@pytest.mark.parametrize(
    ("expect", "message"),
    [("nope=passed", "no objective nope"), ("cluster=good", "--expect takes"), ("cluster", "--expect takes")],
)
def test_what_cannot_be_expected_is_refused(
    labs: Labs, embedded: None, tmp_path: Path, expect: str, message: str
) -> None:
    kept = tmp_path / "record.json"
    labs("check", LAB, "--record", kept)
    code, _, err = labs("explain", kept, "--expect", expect)
    assert code == 2
    assert message in err


BAD = {
    "nothing": b"",
    "no JSON": b"hello",
    "a list": b"[]",
    "another document": b'{"schema": 1, "labs": []}',
    "binary": b"\x80\x81",
    "a later schema": b'{"schema": 2}',
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_is_no_record_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(ContentError, match="not a record"):
        read(tmp_path / "record.json")


def test_a_record_that_cannot_be_written_is_reported(labs: Labs, embedded: None) -> None:
    code, _, err = labs("check", LAB, "--record", "/dev/null/record.json")
    assert code == 2
    assert "cannot be written" in err


def test_a_record_holds_no_request_for_credentials() -> None:
    """They carry a token themselves: of a web identity, or to refresh the sign-in."""
    promised: Future[Any] = Future()
    promised.set_result((SimpleNamespace(status_code=200), {}))
    calls = [("sso-oidc", "CreateToken"), ("sts", "AssumeRoleWithWebIdentity"), ("sts", "GetCallerIdentity")]
    asked = json.dumps(["https://sts.amazonaws.com/", "", {"WebIdentityToken": "secret"}])
    scope = RequestScope(answers={(of, "eu-west-1", name, asked, None): promised for of, name in calls})
    assert [each.operation for each in answers(scope, Redaction(b"salt"))] == ["GetCallerIdentity"]


def test_a_question_that_was_never_asked_has_no_answer() -> None:
    scope = RecordedScope([RecordedAnswer("ecs", "ListClusters", "eu-west-1", '["/", "", "{}"]')], None)
    asked = json.dumps(["https://ecs.eu-west-1.amazonaws.com/", "", "{}"])
    assert scope.answer_to(("ecs", "eu-west-1", "ListClusters", asked, "signer")).done()
    with pytest.raises(CannotTell, match="no answer to ecs:DescribeClusters"):
        scope.answer_to(("ecs", "eu-west-1", "DescribeClusters", asked, "signer"))


def test_the_host_of_a_question_does_not_matter() -> None:
    here, there = (json.dumps([f"http://{host}/path", {"a": 1}, "body"]) for host in ("a:1", "b.example"))
    assert without_host(here) == without_host(there)


SCRIPT = "#!/bin/bash\nDB_PASSWORD=hunter2\necho ECS_CLUSTER=labs >> /etc/ecs/ecs.config\n"
SECRETS: dict[str, tuple[Any, Any]] = {
    "a field that is a secret": ({"SecretAccessKey": "abc"}, {"SecretAccessKey": REDACTED}),
    "a variable by its name": (
        {"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "MODE", "value": ""}]},
        {"environment": [{"name": "DB_PASSWORD", "value": REDACTED}, {"name": "MODE", "value": ""}]},
    ),
    "an access key anywhere": ({"note": "use AKIAIOSFODNN7EXAMPLE here"}, {"note": f"use {REDACTED} here"}),
    "a private key": (
        {"x": "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"},
        {"x": REDACTED},
    ),
    "a password in an address": ({"x": "postgres://me:pw@db/x"}, {"x": f"postgres://me:{REDACTED}@db/x"}),
    "an assignment in a text": ({"x": "API_KEY=abc run"}, {"x": f"API_KEY={REDACTED} run"}),
    "a boot script": (
        {"UserData": {"Value": base64.b64encode(SCRIPT.encode()).decode()}},
        {"UserData": {"Value": base64.b64encode(SCRIPT.replace("hunter2", REDACTED).encode()).decode()}},
    ),
}


@pytest.mark.parametrize(("given", "kept"), SECRETS.values(), ids=SECRETS)
def test_secrets_are_taken_out(given: Any, kept: Any) -> None:
    assert redacted(given) == kept


KEPT: dict[str, Any] = {
    "a page's token": {"nextToken": "eyJ0b2tlbiI6", "NextToken": "abc"},
    "a reference to a secret": {
        "secrets": [{"name": "DB", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/db"}]
    },
    "a policy": {
        "document": '{"Action": "secretsmanager:GetSecretValue", "Condition": {"Bool": {"aws:x": "y"}}}'
    },
    "a strategy": {"placementStrategy": [{"type": "binpack", "field": "memory"}]},
    "a tag": {"tags": [{"key": "Name", "value": "web"}]},
    "an empty value": {"password": "", "environment": [{"name": "TOKEN", "value": ""}]},
    "a boot script without secrets": {"UserData": {"Value": base64.b64encode(b"ECS_CLUSTER=x").decode()}},
    "a secret that a script fetches": {"x": ["TOKEN=$(curl -s http://169.254.169.254/latest/api/token)"]},
    "numbers and nothing": {"a": 1, "b": None, "c": [True, 2.5]},
}


@pytest.mark.parametrize("given", KEPT.values(), ids=KEPT)
def test_what_a_verdict_rests_on_is_kept(given: Any) -> None:
    assert redacted(given) == given
