"""Manifests: pushed and pulled by tag and digest, indexes, immutability, deletion, tags, referrers, creation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from registry_kit import CONFIG, IMAGE, INDEX, RegistryClient, digest_of, index, manifest


def test_image_is_pulled_by_tag_and_digest(docker: RegistryClient) -> None:
    digest = docker.push_image("labs/web", "v1")
    for reference in ("v1", digest):
        answer = docker("GET", f"/v2/labs/web/manifests/{reference}")
        assert digest_of(answer.body) == digest == answer.headers["Docker-Content-Digest"]
        assert answer.headers["Content-Type"] == IMAGE
        assert docker("HEAD", f"/v2/labs/web/manifests/{reference}").status == 200


def test_image_is_in_ecr_with_the_size_of_its_layers(sandbox: Any, docker: RegistryClient) -> None:
    docker.push_image("labs/web", "v1", b"x" * 1000)
    (image,) = sandbox.client("ecr").describe_images(repositoryName="labs/web")["imageDetails"]
    assert (image["imageTags"], image["imageSizeInBytes"]) == (["v1"], 1000)
    assert (image["artifactMediaType"], image["imageStatus"]) == (
        CONFIG,
        "ACTIVE",
    )  # as answers of AWS have it
    assert "subjectManifestDigest" not in image


def test_index_has_the_size_of_its_largest_image(sandbox: Any, docker: RegistryClient) -> None:
    small, large = docker.push_image("labs/web", "a", b"xx"), docker.push_image("labs/web", "b", b"x" * 9)
    pushed = docker("PUT", "/v2/labs/web/manifests/all", index(small, large), CONTENT_TYPE=INDEX)
    assert pushed.status == 201
    (image,) = sandbox.client("ecr").describe_images(
        repositoryName="labs/web", imageIds=[{"imageTag": "all"}]
    )["imageDetails"]
    assert image["imageSizeInBytes"] == 9


def test_image_may_be_pushed_by_its_digest_alone(docker: RegistryClient) -> None:
    text = manifest(docker.push_blob("labs/web", b"{}"), docker.push_blob("labs/web", b"layer"))
    assert docker("PUT", f"/v2/labs/web/manifests/{digest_of(text)}", text, CONTENT_TYPE=IMAGE).status == 201
    assert docker("GET", f"/v2/labs/web/manifests/{digest_of(text)}").body == text


def test_same_push_twice_succeeds(docker: RegistryClient) -> None:
    assert docker.push_image("labs/web", "v1") == docker.push_image("labs/web", "v1")


def test_immutable_tag_is_not_moved(sandbox: Any, docker: RegistryClient) -> None:
    sandbox.client("ecr").put_image_tag_mutability(repositoryName="labs/web", imageTagMutability="IMMUTABLE")
    docker.push_image("labs/web", "v1", b"one")
    text = manifest(docker.push_blob("labs/web", b"{}"), docker.push_blob("labs/web", b"two"))
    assert docker("PUT", "/v2/labs/web/manifests/v1", text, CONTENT_TYPE=IMAGE).error() == (
        400,
        "TAG_INVALID",
        "The image tag 'v1' already exists in the 'labs/web' repository and cannot be overwritten because the tag is "
        "immutable.",
    )


def test_manifest_without_its_layers_is_refused(docker: RegistryClient) -> None:
    text = manifest(docker.push_blob("labs/web", b"{}"), digest_of(b"never pushed"))
    assert docker("PUT", "/v2/labs/web/manifests/v1", text, CONTENT_TYPE=IMAGE).error()[:2] == (
        404,
        "BLOB_UNKNOWN",
    )


def test_index_without_its_images_is_refused(docker: RegistryClient) -> None:
    text = index(digest_of(b"never pushed"))
    refused = docker("PUT", "/v2/labs/web/manifests/v1", text, CONTENT_TYPE=INDEX)
    assert refused.error()[:2] == (404, "MANIFEST_UNKNOWN")


def test_manifest_under_another_digest_is_refused(docker: RegistryClient) -> None:
    text = manifest(docker.push_blob("labs/web", b"{}"), docker.push_blob("labs/web", b"layer"))
    refused = docker("PUT", f"/v2/labs/web/manifests/{digest_of(b'x')}", text, CONTENT_TYPE=IMAGE)
    assert refused.error()[:2] == (400, "DIGEST_INVALID")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"{", (405, "UNSUPPORTED")),
        (b"\xff", (400, "MANIFEST_INVALID")),
        (b"[" * (4 << 20) + b"[", (413, "SIZE_INVALID")),
    ],
)
def test_broken_manifest_is_refused(docker: RegistryClient, text: bytes, error: tuple[int, str]) -> None:
    assert docker("PUT", "/v2/labs/web/manifests/v1", text, CONTENT_TYPE=IMAGE).error()[:2] == error


@pytest.mark.parametrize("reference", ["v9", digest_of(b"nothing")])
def test_absent_image_is_reported(docker: RegistryClient, reference: str) -> None:
    unknown = (404, "MANIFEST_UNKNOWN", "Requested image not found")
    assert docker("GET", f"/v2/labs/web/manifests/{reference}").error() == unknown
    assert docker("DELETE", f"/v2/labs/web/manifests/{reference}").error() == unknown


def test_image_is_deleted_with_all_its_tags(docker: RegistryClient) -> None:
    digest = docker.push_image("labs/web", "v1")
    docker.push_image("labs/web", "v2")
    assert docker("DELETE", f"/v2/labs/web/manifests/{digest}").status == 202
    assert docker("GET", "/v2/labs/web/tags/list").json()["tags"] == []


def test_image_that_an_index_names_is_not_deleted(sandbox: Any, docker: RegistryClient) -> None:
    digest = docker.push_image("labs/web", "v1")
    named = index(digest)
    docker("PUT", "/v2/labs/web/manifests/all", named, CONTENT_TYPE=INDEX)
    answer = sandbox.client("ecr").batch_delete_image(
        repositoryName="labs/web", imageIds=[{"imageDigest": digest}]
    )
    (failure,) = answer["failures"]
    assert failure["failureCode"] == "ImageReferencedByManifestList"
    assert failure["failureReason"] == f"Requested image referenced by manifest list: [{digest_of(named)}]"
    assert docker("DELETE", f"/v2/labs/web/manifests/{digest}").error()[:2] == (405, "UNSUPPORTED")
    assert docker("DELETE", "/v2/labs/web/manifests/all").status == 202
    assert docker("DELETE", f"/v2/labs/web/manifests/{digest}").status == 202


def test_tags_come_in_pages(docker: RegistryClient) -> None:
    for tag in ("c", "a", "b"):
        docker.push_image("labs/web", tag, tag.encode())
    first = docker("GET", "/v2/labs/web/tags/list?n=2")
    assert first.json()["tags"] == ["a", "b"]
    assert first.headers["Link"] == '</v2/labs/web/tags/list?last=b&n=2>; rel="next"'
    last = docker("GET", "/v2/labs/web/tags/list?last=b&n=2")
    assert last.json()["tags"] == ["c"]
    assert "Link" not in last.headers


def test_referrers_are_found_by_their_subject(sandbox: Any, docker: RegistryClient) -> None:
    image = docker.push_image("labs/web", "v1")
    subject = {"mediaType": IMAGE, "digest": image, "size": 9}
    signature = docker.push_image(
        "labs/web", "sig", b"signature", subject=subject, artifactType="text/signature"
    )
    found = docker("GET", f"/v2/labs/web/referrers/{image}").json()
    assert [(each["digest"], each["artifactType"]) for each in found["manifests"]] == [
        (signature, "text/signature")
    ]
    assert docker("GET", f"/v2/labs/web/referrers/{image}?artifactType=other").json()["manifests"] == []
    assert docker("GET", f"/v2/labs/web/referrers/{signature}").json()["manifests"] == []
    ecr, wanted = sandbox.client("ecr"), {"repositoryName": "labs/web"}
    (described,) = ecr.describe_images(**wanted, imageIds=[{"imageDigest": signature}])["imageDetails"]
    assert described["subjectManifestDigest"] == image
    (listed,) = ecr.list_image_referrers(**wanted, subjectId={"imageDigest": image})["referrers"]
    assert (listed["digest"], listed["artifactType"]) == (signature, "text/signature")
    others = {"artifactTypes": ["other"]}
    found = ecr.list_image_referrers(**wanted, subjectId={"imageDigest": image}, filter=others)
    assert found["referrers"] == []


@pytest.mark.parametrize("path", ["/v2/labs/web/nothing/x", "/v2/UPPER/tags/list", "/v2/labs/web/"])
def test_unknown_addresses_are_not_found(docker: RegistryClient, path: str) -> None:
    assert docker("GET", path).status == 404


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "manifests/v1"), ("DELETE", "tags/list"), ("GET", "tags/other")]
)
def test_unsupported_methods_are_reported(docker: RegistryClient, method: str, path: str) -> None:
    assert docker(method, f"/v2/labs/web/{path}").error()[1] == "UNSUPPORTED"


def test_repository_is_made_on_push_by_a_template(sandbox: Any, docker: RegistryClient) -> None:
    ecr = sandbox.client("ecr")
    ecr.create_repository_creation_template(
        prefix="team", appliedFor=["CREATE_ON_PUSH"], imageTagMutability="IMMUTABLE"
    )
    ecr.create_repository_creation_template(prefix="ROOT", appliedFor=["PULL_THROUGH_CACHE"])
    docker.push_image("team/app", "v1")
    (made,) = ecr.describe_repositories(repositoryNames=["team/app"])["repositories"]
    assert made["imageTagMutability"] == "IMMUTABLE"
    assert docker("POST", "/v2/other/app/blobs/uploads/").error()[1] == "NAME_UNKNOWN"


def test_creation_templates_are_kept_changed_and_deleted(sandbox: Any) -> None:
    ecr = sandbox.client("ecr")
    ecr.create_repository_creation_template(prefix="team", appliedFor=["CREATE_ON_PUSH"])
    ecr.update_repository_creation_template(prefix="team", description="of the team")
    (template,) = ecr.describe_repository_creation_templates(prefixes=["team"])["repositoryCreationTemplates"]
    assert (template["description"], template["imageTagMutability"]) == ("of the team", "MUTABLE")
    ecr.delete_repository_creation_template(prefix="team")
    with pytest.raises(ecr.exceptions.TemplateNotFoundException):
        ecr.delete_repository_creation_template(prefix="team")


def test_account_settings_have_awss_defaults_and_values(sandbox: Any) -> None:
    ecr = sandbox.client("ecr")
    assert ecr.get_account_setting(name="BASIC_SCAN_TYPE_VERSION")["value"] == "AWS_NATIVE"
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        ecr.put_account_setting(name="BLOB_MOUNTING", value="MAYBE")


def test_uris_lead_docker_to_the_sandbox_and_change_with_its_port(sandbox: Any) -> None:
    from labs.sandbox.images.serving import serving

    ecr = sandbox.client("ecr")
    for port in (4566, 4567):
        serving.port = port
        (found,) = ecr.describe_repositories()["repositories"]
        assert (
            found["repositoryUri"]
            == f"localhost:{port}/123456789012.dkr.ecr.eu-west-1.amazonaws.com/labs/web"
        )
        token = ecr.get_authorization_token()["authorizationData"][0]
        assert token["proxyEndpoint"] == f"http://localhost:{port}"
    assert "localhost" not in json.dumps(sandbox.application.journal.path.read_text())
