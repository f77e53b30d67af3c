"""The loader of botocore's models finds what botocore's own finds, where that finds it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError  # noqa: TID253 - the loader is of botocore
from botocore.loaders import JSONFileLoader  # noqa: TID253 - the loader is of botocore
from botocore.session import Session, get_session  # noqa: TID253 - the loader is of botocore

from labs.aws.model_loader import PlainFiles, use_fast_loader

SERVICES = ("ecs", "ec2", "sts", "iam", "elbv2", "logs", "cloudfront")


@pytest.fixture(autouse=True)
def fresh_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files as both loaders read them, and not those that sessions of other tests have already worked on."""
    for each in (JSONFileLoader, PlainFiles):
        monkeypatch.setattr(each, "load_file", each.load_file.__wrapped__)


@pytest.fixture
def session() -> Session:
    """A session with our loader."""
    ours: Any = get_session()
    use_fast_loader(ours)
    return ours  # type: ignore[no-any-return]


def loader(session: Session) -> Any:
    return session.get_component("data_loader")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["service-2", "paginators-1", "endpoint-rule-set-1", "waiters-2"])
@pytest.mark.parametrize("service", SERVICES)
def test_model_is_that_of_botocore(session: Session, service: str, kind: str) -> None:
    """Extras that botocore adds to a model (`cloudfront` has some) included."""
    theirs = loader(get_session())
    assert _read(loader(session), service, kind) == _read(theirs, service, kind)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["endpoints", "partitions", "_retry", "sdk-default-configuration"])
def test_file_beside_the_models_is_that_of_botocore(session: Session, name: str) -> None:
    assert loader(session).load_data_with_path(name) == loader(get_session()).load_data_with_path(name)


def test_unknown_service_is_refused_as_by_botocore(session: Session) -> None:
    """With the names of all services that there are."""
    messages = []
    for each in (session, get_session()):
        with pytest.raises(UnknownServiceError) as caught:
            each.create_client("ecz", region_name="eu-west-1")
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "ecs" in messages[0]


def test_file_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(DataNotFoundError):
        loader(session).load_data("nothing")


def test_all_services_are_listed_as_by_botocore(session: Session) -> None:
    assert list(session.get_available_services()) == get_session().get_available_services()


@pytest.mark.parametrize("ending", [".json", ".json.gz"])
def test_service_without_endpoint_rules_in_aws_data_path_has_a_client(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a learner's AWS_DATA_PATH adds a service, it is read from there, packed or not."""
    folder = tmp_path / "labsvc" / "2026-01-01"
    folder.mkdir(parents=True)
    shape = {"metadata": {"apiVersion": "2026-01-01", "endpointPrefix": "labsvc", "protocol": "json"}}
    shape["metadata"] |= {"serviceId": "Lab Service", "signatureVersion": "v4", "jsonVersion": "1.1"}
    model = json.dumps({**shape, "operations": {}, "shapes": {}}).encode()
    (folder / f"service-2{ending}").write_bytes(gzip.compress(model) if ending == ".json.gz" else model)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    session: Any = get_session()
    use_fast_loader(session)
    client = session.create_client("labsvc", region_name="eu-west-1", endpoint_url="http://localhost")
    assert client.meta.service_model.service_id == "Lab Service"


def _read(loader: Any, service: str, kind: str) -> Any:
    """A model, or that there is none."""
    try:
        return loader.load_service_model(service, kind)
    except UnknownServiceError:
        return None
