"""Images and layers of the embedded ECR."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from clock_kit import clock_set_to

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture
def ecr(aws: None, client: Callable[..., Any]) -> Any:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/hello")
    return ecr


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def upload(ecr: Any, blob: bytes, digest: str | None = None) -> str:
    upload_id = ecr.initiate_layer_upload(repositoryName="labs/hello")["uploadId"]
    where = {"repositoryName": "labs/hello", "uploadId": upload_id}
    ecr.upload_layer_part(**where, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
    answer = ecr.complete_layer_upload(**where, layerDigests=[digest or sha256(blob)])
    return str(answer["layerDigest"])


def manifest(config: str, *layers: str) -> str:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"digest": config, "size": 2},
            "layers": [{"digest": layer, "size": 3} for layer in layers],
        },
        indent=3,
    )


def pushed(ecr: Any, content: bytes = b"layer", **options: Any) -> dict[str, Any]:
    config = sha256(b"{}")
    for blob in (b"{}", content):
        if not ecr.batch_check_layer_availability(repositoryName="labs/hello", layerDigests=[sha256(blob)])[
            "layers"
        ]:
            upload(ecr, blob)
    text = manifest(config, sha256(content))
    answer = ecr.put_image(repositoryName="labs/hello", imageManifest=text, **options)
    return dict(answer["image"])


def test_an_image_has_the_sha256_of_exactly_the_bytes_that_were_pushed(ecr: Any) -> None:
    image = pushed(ecr, imageTag="v1")
    assert image["imageId"] == {"imageTag": "v1", "imageDigest": sha256(image["imageManifest"].encode())}
    assert ecr.describe_images(repositoryName="labs/hello")["imageDetails"][0]["imageTags"] == ["v1"]


def test_stock_moto_invents_the_digest(stock: None, client: Callable[..., Any]) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/hello")
    text = manifest("sha256:" + "0" * 64, "sha256:" + "1" * 64)
    image = ecr.put_image(repositoryName="labs/hello", imageManifest=text)["image"]
    assert image["imageId"]["imageDigest"] != sha256(text.encode()), "moto knows digests: drop this extension"


@pytest.mark.parametrize(
    "there", [[], [b"{}"], [b"layer"]], ids=["nothing", "only the config", "only the layer"]
)
def test_an_image_without_its_blobs_is_refused_with_their_digests(
    ecr: Any, there: list[bytes], refused: Callable[..., str]
) -> None:
    for blob in there:
        upload(ecr, blob)
    missing = [sha256(blob) for blob in (b"{}", b"layer") if blob not in there]
    text = manifest(sha256(b"{}"), sha256(b"layer"))
    refusal = refused(ecr.put_image, repositoryName="labs/hello", imageTag="v1", imageManifest=text)
    assert refusal.startswith(f"LayersNotFoundException: Layers with digests '[{', '.join(missing)}]'")
    assert ecr.describe_images(repositoryName="labs/hello")["imageDetails"] == []


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        ("{", None),
        ("[]", None),
        (json.dumps({"schemaVersion": 2}), None),
        (json.dumps({"config": {"digest": "sha256:0"}, "layers": []}), MANIFEST),
        (json.dumps({"layers": [{"digest": "sha256:0"}]}), MANIFEST),
        (json.dumps({"config": "x", "layers": "y"}), MANIFEST),
    ],
    ids=["not JSON", "a list", "no media type", "no layer", "no config", "wrong types"],
)
def test_what_is_no_manifest_is_refused(
    ecr: Any, text: str, media_type: str | None, refused: Callable[..., str]
) -> None:
    options = {"imageManifestMediaType": media_type} if media_type else {}
    assert refused(ecr.put_image, repositoryName="labs/hello", imageManifest=text, **options).startswith(
        "InvalidParameterException"
    )


def test_a_digest_that_is_not_the_manifests_is_refused(ecr: Any, refused: Callable[..., str]) -> None:
    assert refused(pushed, ecr, imageDigest="sha256:" + "0" * 64).startswith(
        "ImageDigestDoesNotMatchException"
    )


def test_an_image_in_an_unknown_repository_is_refused(ecr: Any, refused: Callable[..., str]) -> None:
    assert refused(
        ecr.put_image, repositoryName="labs/other", imageManifest=manifest(sha256(b"{}"), sha256(b"layer"))
    ).startswith("RepositoryNotFoundException")


def test_an_index_needs_the_images_that_it_names(ecr: Any, refused: Callable[..., str]) -> None:
    def index(*digests: str) -> str:
        return json.dumps(
            {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"digest": one} for one in digests]}
        )

    known = pushed(ecr)["imageId"]["imageDigest"]
    assert refused(
        ecr.put_image,
        repositoryName="labs/hello",
        imageManifest=index(known, "sha256:" + "0" * 64),
        imageTag="v1",
    ).startswith("ReferencedImagesNotFoundException")
    image = ecr.put_image(repositoryName="labs/hello", imageManifest=index(known), imageTag="v1")["image"]
    assert image["imageManifestMediaType"] == INDEX


@pytest.mark.parametrize("tag", [{"imageTag": "v1"}, {}], ids=["tagged", "untagged"])
def test_the_same_image_with_the_same_tag_exists_already(
    ecr: Any, tag: dict[str, str], refused: Callable[..., str]
) -> None:
    pushed(ecr, **tag)
    assert refused(pushed, ecr, **tag).startswith("ImageAlreadyExistsException")


def test_a_second_tag_goes_to_the_same_image(ecr: Any) -> None:
    first, second = pushed(ecr, imageTag="v1"), pushed(ecr, imageTag="v2")
    assert first["imageId"]["imageDigest"] == second["imageId"]["imageDigest"]
    [image] = ecr.describe_images(repositoryName="labs/hello")["imageDetails"]
    assert image["imageTags"] == ["v1", "v2"]


def test_a_mutable_tag_moves_and_its_old_image_stays_untagged(ecr: Any) -> None:
    old, new = pushed(ecr, b"one", imageTag="v1"), pushed(ecr, b"two", imageTag="v1")
    images = {
        one["imageDigest"]: one for one in ecr.describe_images(repositoryName="labs/hello")["imageDetails"]
    }
    assert "imageTags" not in images[old["imageId"]["imageDigest"]]
    assert images[new["imageId"]["imageDigest"]]["imageTags"] == ["v1"]


EXCEPT_DEV = [{"filter": "dev-*", "filterType": "WILDCARD"}]


@pytest.mark.parametrize(
    ("mutability", "filters", "tag", "moves"),
    [
        ("IMMUTABLE", None, "v1", False),
        ("MUTABLE", None, "v1", True),
        ("IMMUTABLE_WITH_EXCLUSION", EXCEPT_DEV, "v1", False),
        ("IMMUTABLE_WITH_EXCLUSION", EXCEPT_DEV, "dev-1", True),
        ("MUTABLE_WITH_EXCLUSION", EXCEPT_DEV, "v1", True),
        ("MUTABLE_WITH_EXCLUSION", EXCEPT_DEV, "dev-1", False),
    ],
)
def test_a_tag_moves_only_where_it_is_mutable(
    ecr: Any,
    mutability: str,
    filters: list[dict[str, str]] | None,
    tag: str,
    moves: bool,
    refused: Callable[..., str],
) -> None:
    options = {"imageTagMutabilityExclusionFilters": filters} if filters else {}
    answer = ecr.put_image_tag_mutability(
        repositoryName="labs/hello", imageTagMutability=mutability, **options
    )
    assert answer.get("imageTagMutabilityExclusionFilters") == filters
    [repository] = ecr.describe_repositories()["repositories"]
    assert repository.get("imageTagMutabilityExclusionFilters") == filters
    pushed(ecr, b"one", imageTag=tag)
    if moves:
        pushed(ecr, b"two", imageTag=tag)
        return
    assert refused(pushed, ecr, b"two", imageTag=tag).startswith("ImageTagAlreadyExistsException")


def test_stock_moto_names_the_wrong_error_for_an_immutable_tag(
    stock: None, client: Callable[..., Any], refused: Callable[..., str]
) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/hello", imageTagMutability="IMMUTABLE")
    one, two = (manifest("sha256:" + "0" * 64, "sha256:" + layer * 64) for layer in "12")
    ecr.put_image(repositoryName="labs/hello", imageManifest=one, imageTag="v1")
    refusal = refused(ecr.put_image, repositoryName="labs/hello", imageManifest=two, imageTag="v1")
    assert refusal.startswith("ImageAlreadyExistsException"), (
        "moto knows the right error: drop this extension"
    )


def test_a_layer_is_available_under_its_own_digest_only(ecr: Any) -> None:
    digest = upload(ecr, b"layer")
    other = sha256(b"other")
    answer = ecr.batch_check_layer_availability(repositoryName="labs/hello", layerDigests=[digest, other])
    assert [(one["layerDigest"], one["layerSize"]) for one in answer["layers"]] == [(sha256(b"layer"), 5)]
    assert [one["layerDigest"] for one in answer["failures"]] == [other]


@pytest.mark.slow
def test_a_layer_may_come_in_parts_of_at_least_five_mebibytes(ecr: Any) -> None:
    part = b"x" * (5 * 1024 * 1024)
    where = ecr.initiate_layer_upload(repositoryName="labs/hello")
    upload_id = {"repositoryName": "labs/hello", "uploadId": where["uploadId"]}
    ecr.upload_layer_part(**upload_id, partFirstByte=0, partLastByte=len(part) - 1, layerPartBlob=part)
    ecr.upload_layer_part(
        **upload_id, partFirstByte=len(part), partLastByte=len(part) + 2, layerPartBlob=b"end"
    )
    assert ecr.complete_layer_upload(**upload_id, layerDigests=[sha256(part + b"end")])


def test_wrong_uploads_are_refused(ecr: Any, refused: Callable[..., str]) -> None:
    """Each by the name that the API reference gives it."""
    where = {
        "repositoryName": "labs/hello",
        "uploadId": ecr.initiate_layer_upload(repositoryName="labs/hello")["uploadId"],
    }
    refusals = []

    def attempt(call: Any, **arguments: Any) -> None:
        refusals.append(refused(call, **{**where, **arguments}).partition(":")[0])

    attempt(ecr.complete_layer_upload, layerDigests=[sha256(b"")])
    attempt(ecr.upload_layer_part, partFirstByte=0, partLastByte=9, layerPartBlob=b"abc")
    attempt(ecr.upload_layer_part, partFirstByte=3, partLastByte=5, layerPartBlob=b"abc")
    ecr.upload_layer_part(**where, partFirstByte=0, partLastByte=2, layerPartBlob=b"abc")
    attempt(ecr.complete_layer_upload, layerDigests=[sha256(b"other")])
    ecr.upload_layer_part(**where, partFirstByte=3, partLastByte=5, layerPartBlob=b"def")
    attempt(ecr.complete_layer_upload, layerDigests=[sha256(b"abcdef")])
    attempt(ecr.upload_layer_part, uploadId="none", partFirstByte=0, partLastByte=2, layerPartBlob=b"abc")
    assert refusals == [
        "EmptyUploadException",
        "InvalidLayerPartException",
        "InvalidLayerPartException",
        "InvalidLayerException",
        "LayerPartTooSmallException",
        "UploadNotFoundException",
    ]


def test_the_same_layer_twice_exists_already(ecr: Any, refused: Callable[..., str]) -> None:
    upload(ecr, b"layer")
    assert refused(upload, ecr, b"layer").startswith("LayerAlreadyExistsException")


def test_a_layer_can_be_downloaded_once_an_image_names_it(ecr: Any, refused: Callable[..., str]) -> None:
    digest = upload(ecr, b"layer")
    layer = {"repositoryName": "labs/hello", "layerDigest": digest}
    assert refused(ecr.get_download_url_for_layer, **layer).startswith("LayerInaccessibleException")
    pushed(ecr)
    assert ecr.get_download_url_for_layer(**layer)["downloadUrl"].startswith("https://prod-eu-west-1-")
    assert refused(
        ecr.get_download_url_for_layer, repositoryName="labs/hello", layerDigest=sha256(b"none")
    ).startswith("LayersNotFoundException")


def test_stock_moto_has_no_download_url(stock: None, client: Callable[..., Any]) -> None:
    ecr = client("ecr")
    with pytest.raises(Exception, match="not yet implemented"):  # closed by moto: drop this extension
        ecr.get_download_url_for_layer(repositoryName="labs/hello", layerDigest="sha256:" + "0" * 64)


def test_a_token_is_good_for_twelve_hours_from_now(ecr: Any) -> None:
    moment = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    with clock_set_to(lambda: moment):
        [data] = ecr.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    assert user == "AWS"
    assert json.loads(base64.b64decode(password))["expiration"] == moment.timestamp() + 12 * 3600
    assert data["expiresAt"] == datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    assert data["proxyEndpoint"] == "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com"


def test_stock_motos_token_has_expired(stock: None, client: Callable[..., Any]) -> None:
    [data] = client("ecr").get_authorization_token()["authorizationData"]
    assert data["expiresAt"] < datetime.now(UTC), "moto gives fresh tokens: drop this extension"
