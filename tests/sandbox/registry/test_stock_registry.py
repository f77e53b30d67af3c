"""The registry's gaps in moto: when one of these tests fails, the extension can go."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from registry_kit import IMAGE, INDEX, digest_of, index, manifest

Client = Callable[..., Any]


@pytest.fixture
def ecr(stock: None, client: Client) -> Any:
    made = client("ecr")
    made.create_repository(repositoryName="labs/web")
    return made


def push(ecr: Any, text: bytes, kind: str, **more: str) -> None:
    ecr.put_image(repositoryName="labs/web", imageManifest=text.decode(), imageManifestMediaType=kind, **more)


def test_stock_moto_takes_the_config_for_the_image(stock: None, ecr: Any) -> None:
    push(ecr, manifest(digest_of(b"{}"), digest_of(b"layer")), IMAGE, imageTag="v1")
    (image,) = ecr.describe_images(repositoryName="labs/web")["imageDetails"]
    assert image["imageSizeInBytes"] == 2


def test_stock_moto_deletes_what_an_index_names(stock: None, ecr: Any) -> None:
    push(ecr, manifest(digest_of(b"{}"), digest_of(b"layer")), IMAGE, imageTag="v1")
    (image,) = ecr.describe_images(repositoryName="labs/web")["imageDetails"]
    push(ecr, index(image["imageDigest"]), INDEX, imageTag="all")
    wanted = [{"imageDigest": image["imageDigest"]}]
    assert not ecr.batch_delete_image(repositoryName="labs/web", imageIds=wanted)["failures"]


def test_stock_moto_leads_docker_to_aws(stock: None, ecr: Any) -> None:
    (found,) = ecr.describe_repositories()["repositories"]
    assert json.dumps(found["repositoryUri"]).endswith('.amazonaws.com/labs/web"')


def test_stock_moto_lacks_settings_and_templates(stock: None, ecr: Any) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED"),
        lambda: ecr.get_account_setting(name="BLOB_MOUNTING"),
        lambda: ecr.create_repository_creation_template(prefix="team", appliedFor=["CREATE_ON_PUSH"]),
        lambda: ecr.update_repository_creation_template(prefix="team", description="x"),
        lambda: ecr.describe_repository_creation_templates(),
        lambda: ecr.delete_repository_creation_template(prefix="team"),
        lambda: ecr.list_image_referrers(
            repositoryName="labs/web", subjectId={"imageDigest": digest_of(b"{}")}
        ),
    ]
    for call in calls:
        with pytest.raises(Exception, match="not been implemented"):
            call()
