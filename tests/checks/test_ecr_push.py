"""Images as ECR may answer them: many tags, many layers, indexes, and digests that do not fit."""

import hashlib
import json
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecr_push as lab
from labs.sdk import CannotTell, Failed, Passed
from tests.checks.canned import Answer, answering

NAMES = {"repository": "labs/hello", "tag": "v1"}
DIGEST = "sha256:" + "0" * 64
IMAGE: Answer = ("describe_images", {"imageDetails": [{"imageDigest": DIGEST, "imageTags": ["v1"]}]})


def manifest(layers: int = 1, **more: Any) -> str:
    named = [{"digest": f"sha256:{number:064x}"} for number in range(layers)]
    return json.dumps({"config": {"digest": "sha256:" + "c" * 64}, "layers": named, **more})


def fetched(*texts: str) -> Answer:
    return "batch_get_image", {
        "images": [{"imageId": {"imageDigest": DIGEST}, "imageManifest": text} for text in texts]
    }


def test_tags_of_the_second_page_are_near_names() -> None:
    account = answering(
        ecr=[
            ("describe_repositories", {"repositories": [{"repositoryName": "labs/hello"}]}),
            ("describe_images", {"error": "ImageNotFoundException"}),
            ("describe_images", {"imageDetails": [{"imageTags": ["latest"]}, {}], "nextToken": "more"}),
            ("describe_images", {"imageDetails": [{"imageTags": ["v1.0"]}]}),
        ]
    )
    found = lab.image_is_tagged(account, NAMES)
    assert isinstance(found, Failed)
    assert found.near == ("v1.0",)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        manifest(0),
        json.dumps({"layers": [{"digest": "sha256:1"}]}),
        json.dumps({"fsLayers": [{"blobSum": "sha256:1"}]}),
        json.dumps({"manifests": []}),
    ],
    ids=["empty", "no layers", "no config", "schema 1", "empty index"],
)
def test_a_manifest_needs_a_config_and_a_layer(text: str) -> None:
    assert isinstance(
        lab.manifest_names_config_and_layers(answering(ecr=[IMAGE, fetched(text)]), NAMES), Failed
    )


def test_of_an_index_one_platform_that_is_whole_is_enough() -> None:
    index = json.dumps(
        {"manifests": [{"digest": "sha256:a"}, {"digest": "sha256:b", "platform": {"os": "linux"}}]}
    )
    account = answering(ecr=[IMAGE, fetched(index), fetched(manifest(0), manifest(2))])
    assert lab.manifest_names_config_and_layers(account, NAMES) == Passed(
        "the manifest names a config and 2 layers", evidence="images[0].imageManifest"
    )


def test_an_index_of_attestations_alone_has_no_image() -> None:
    """What is for the platform unknown/unknown is not asked for."""
    index = json.dumps(
        {"manifests": [{"digest": "sha256:a", "platform": {"os": "unknown", "architecture": "unknown"}}]}
    )
    found = lab.manifest_names_config_and_layers(answering(ecr=[IMAGE, fetched(index)]), NAMES)
    assert isinstance(found, Failed)


def test_a_manifest_that_ecr_does_not_hand_out_is_not_judged() -> None:
    gone = {"images": [], "failures": [{"imageId": {"imageDigest": DIGEST}, "failureReason": "gone"}]}
    with pytest.raises(CannotTell, match="gone"):
        lab.manifest_names_config_and_layers(answering(ecr=[IMAGE, ("batch_get_image", gone)]), NAMES)


def judged_blobs(text: str, *answers: Answer) -> Any:
    return lab.every_blob_is_available(answering(ecr=[IMAGE, fetched(text), *answers]), NAMES)


def available(*digests: str, state: str = "AVAILABLE") -> Answer:
    layers = [{"layerDigest": digest, "layerAvailability": state} for digest in digests]
    return "batch_check_layer_availability", {"layers": layers, "failures": []}


CONFIG = "sha256:" + "c" * 64


def test_a_blob_beyond_the_first_hundred_may_be_missing() -> None:
    text = manifest(101)
    layers = [each["digest"] for each in json.loads(text)["layers"]]
    found = judged_blobs(text, available(CONFIG, *layers[:99]), available(layers[99]))
    assert isinstance(found, Failed)
    assert found.found == f"labs/hello does not contain {layers[100][:19]}"


def test_the_config_is_a_blob_too() -> None:
    layer = json.loads(manifest())["layers"][0]["digest"]
    assert isinstance(judged_blobs(manifest(), available(layer)), Failed)
    assert isinstance(judged_blobs(manifest(), available(layer, CONFIG)), Passed)


def test_a_blob_that_is_known_but_not_available_is_missing() -> None:
    layer = json.loads(manifest())["layers"][0]["digest"]
    assert isinstance(judged_blobs(manifest(), available(layer, CONFIG, state="UNAVAILABLE")), Failed)


def test_of_an_index_the_blobs_of_one_platform_are_enough() -> None:
    """The layers of a Windows image are often stored elsewhere."""
    index = json.dumps({"manifests": [{"digest": "sha256:a"}, {"digest": "sha256:b"}]})
    layers = [each["digest"] for each in json.loads(manifest(2))["layers"]]
    both = fetched(manifest(1), manifest(2))
    first, second = available(CONFIG), available(CONFIG, *layers)
    assert judged_blobs(index, both, first, second) == Passed(
        "3 blobs are available", evidence="layers[].[layerDigest, layerAvailability]"
    )
    found = judged_blobs(index, both, first, available(*layers))
    assert isinstance(found, Failed)
    assert found.found == f"labs/hello does not contain {layers[0][:19]}", "what the first one lacks"


def test_a_digest_of_other_bytes_fails() -> None:
    found = lab.digest_is_of_the_manifest(answering(ecr=[IMAGE, fetched(manifest())]), NAMES)
    assert isinstance(found, Failed)
    assert found.found.startswith(
        "the image digest is sha256:000000000000, and the sha256 of its manifest is sha256:"
    )


def test_a_digest_counts_every_byte() -> None:
    text = manifest() + "\n"
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    image: Answer = ("describe_images", {"imageDetails": [{"imageDigest": digest}]})
    assert isinstance(lab.digest_is_of_the_manifest(answering(ecr=[image, fetched(text)]), NAMES), Passed)
    assert isinstance(
        lab.digest_is_of_the_manifest(answering(ecr=[image, fetched(text[:-1])]), NAMES), Failed
    )
