"""Blobs: pushed whole and in pieces, fetched whole and in part, mounted, kept and collected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from registry_kit import HOST, RegistryClient, digest_of

from labs.sandbox.images import blobs

UPLOADS = "/v2/labs/web/blobs/uploads/"


def start(docker: RegistryClient) -> str:
    answer = docker("POST", UPLOADS)
    assert (answer.status, answer.headers["Range"]) == (202, "0-0")
    assert answer.headers["Location"] == UPLOADS + answer.headers["Docker-Upload-UUID"]
    return answer.headers["Location"]


def test_blob_is_pushed_in_pieces_and_fetched(docker: RegistryClient) -> None:
    url = start(docker)
    first = docker("PATCH", url, b"hello ", chunked=True)
    assert (first.status, first.headers["Range"]) == (202, "0-5")
    assert docker("PATCH", url, b"world", HTTP_CONTENT_RANGE="6-10").headers["Range"] == "0-10"
    digest = digest_of(b"hello world")
    done = docker("PUT", f"{url}?digest={digest}")
    assert (done.status, done.headers["Location"]) == (201, f"/v2/labs/web/blobs/{digest}")
    head = docker("HEAD", f"/v2/labs/web/blobs/{digest}")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "11", b"")


def test_last_piece_may_come_with_put(docker: RegistryClient) -> None:
    digest = digest_of(b"whole")
    assert docker("PUT", f"{start(docker)}?digest={digest}", b"whole").status == 201


def test_blob_is_pushed_by_one_post(docker: RegistryClient) -> None:
    digest = digest_of(b"whole")
    answer = docker("POST", f"{UPLOADS}?digest={digest}", b"whole")
    assert (answer.status, answer.headers["Docker-Content-Digest"]) == (201, digest)


def test_same_blob_twice_is_no_fault(docker: RegistryClient) -> None:
    assert docker.push_blob("labs/web", b"twice") == docker.push_blob("labs/web", b"twice")


def test_wrong_digest_is_refused(docker: RegistryClient) -> None:
    url = start(docker)
    assert docker("PUT", f"{url}?digest={digest_of(b'other')}", b"mine").error() == (
        400,
        "DIGEST_INVALID",
        f"None of the provided layer digests match the calculated layer digest: {digest_of(b'mine')}",
    )
    assert docker("GET", url).error()[:2] == (404, "BLOB_UPLOAD_UNKNOWN")


@pytest.mark.parametrize("digest", ["", "sha256:abc", "md5:0", "sha256:" + "G" * 64, "../../etc/passwd"])
def test_what_is_no_digest_is_refused(docker: RegistryClient, digest: str) -> None:
    assert docker("PUT", f"{start(docker)}?digest={digest}", b"x").error()[:2] == (400, "DIGEST_INVALID")


@pytest.mark.parametrize("first", ["7", "9" * 5000], ids=["7", "digits"])
def test_piece_out_of_order_is_refused(docker: RegistryClient, first: str) -> None:
    url = start(docker)
    docker("PATCH", url, b"abc")
    refused = docker("PATCH", url, b"xyz", HTTP_CONTENT_RANGE=f"{first}-9")
    assert (refused.status, refused.headers["Range"]) == (416, "0-2")


def test_upload_can_be_asked_for_and_cancelled(docker: RegistryClient) -> None:
    url = start(docker)
    docker("PATCH", url, b"abc")
    asked = docker("GET", url)
    assert (asked.status, asked.headers["Range"]) == (204, "0-2")
    assert docker("DELETE", url).status == 204
    assert docker("PATCH", url, b"d").error()[:2] == (404, "BLOB_UPLOAD_UNKNOWN")


@pytest.mark.parametrize("upload", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_unknown_upload_is_reported(docker: RegistryClient, upload: str) -> None:
    assert docker("PATCH", UPLOADS + upload, b"x").error()[:2] == (404, "BLOB_UPLOAD_UNKNOWN")


def test_push_into_no_repository_is_reported_in_awss_words(docker: RegistryClient) -> None:
    assert docker("POST", "/v2/labs/none/blobs/uploads/").error() == (
        404,
        "NAME_UNKNOWN",
        "The repository with name 'labs/none' does not exist in the registry with id '123456789012'",
    )


def test_refused_early_leaves_the_body_unread(docker: RegistryClient) -> None:
    """The server then ends the connection instead of reading what nobody wants."""
    assert not docker("POST", "/v2/labs/none/blobs/uploads/", b"x" * 100).at_end


def test_layer_is_fetched_once_an_image_names_it(docker: RegistryClient) -> None:
    digest = docker.push_blob("labs/web", b"layer")
    assert docker("GET", f"/v2/labs/web/blobs/{digest}").error()[:2] == (404, "BLOB_UNKNOWN")
    docker.push_image("labs/web", "v1")
    assert docker("GET", f"/v2/labs/web/blobs/{digest}").body == b"layer"


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-1", 206, b"la", "bytes 0-1/5"),
        ("bytes=3-", 206, b"er", "bytes 3-4/5"),
        ("bytes=1-99", 206, b"ayer", "bytes 1-4/5"),
        ("nonsense", 200, b"layer", None),
    ],
)
def test_part_of_a_blob_is_fetched(
    docker: RegistryClient, asked: str, status: int, body: bytes, content_range: str | None
) -> None:
    docker.push_image("labs/web", "v1")
    answer = docker("GET", f"/v2/labs/web/blobs/{digest_of(b'layer')}", HTTP_RANGE=asked)
    assert (answer.status, answer.body, answer.headers.get("Content-Range")) == (status, body, content_range)


def test_range_beyond_the_end_is_refused(docker: RegistryClient) -> None:
    docker.push_image("labs/web", "v1")
    answer = docker("GET", f"/v2/labs/web/blobs/{digest_of(b'layer')}", HTTP_RANGE="bytes=5-")
    assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */5")


@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT"])
def test_blobs_are_neither_deleted_nor_changed(docker: RegistryClient, method: str) -> None:
    assert docker(method, f"/v2/labs/web/blobs/{digest_of(b'x')}").error() == (
        405,
        "UNSUPPORTED",
        "The operation is unsupported.",
    )


@pytest.mark.parametrize(("value", "status"), [("DISABLED", 202), ("ENABLED", 201)])
@pytest.mark.parametrize("source", ["labs/web", f"{HOST}/labs/web"])
def test_blob_is_mounted_where_the_account_allows_it(
    sandbox: Any, docker: RegistryClient, value: str, status: int, source: str
) -> None:
    ecr = sandbox.client("ecr")
    ecr.create_repository(repositoryName="other")
    ecr.put_account_setting(name="BLOB_MOUNTING", value=value)
    docker.push_image("labs/web", "v1")
    digest = digest_of(b"layer")
    mounted = docker("POST", f"/v2/other/blobs/uploads/?mount={digest}&from={source.replace('/', '%2F')}")
    assert mounted.status == status
    assert docker("HEAD", f"/v2/other/blobs/{digest}").status == (200 if status == 201 else 404)


def test_layer_uploaded_by_the_api_can_be_pulled(sandbox: Any, docker: RegistryClient) -> None:
    ecr = sandbox.client("ecr")
    upload = ecr.initiate_layer_upload(repositoryName="labs/web")["uploadId"]
    named = {"repositoryName": "labs/web", "uploadId": upload}
    ecr.upload_layer_part(**named, partFirstByte=0, partLastByte=4, layerPartBlob=b"layer")
    ecr.complete_layer_upload(**named, layerDigests=[digest_of(b"layer")])
    docker.push_image("labs/web", "v1")
    assert docker("GET", f"/v2/labs/web/blobs/{digest_of(b'layer')}").body == b"layer"


def test_journal_has_one_line_for_a_layer(sandbox: Any, docker: RegistryClient) -> None:
    before = sandbox.application.journal.entries
    docker.push_blob("labs/web", b"x" * 100_000)
    assert sandbox.application.journal.entries == before + 1
    assert len(sandbox.application.journal.path.read_bytes()) < 10_000


def test_replay_keeps_what_repositories_name(sandbox: Any, docker: RegistryClient) -> None:
    docker.push_image("labs/web", "v1")
    stray = sandbox.store.path(digest_of(b"stray"))
    stray.write_bytes(b"stray")
    sandbox.replay()
    assert not stray.exists()
    assert docker("GET", f"/v2/labs/web/blobs/{digest_of(b'layer')}").body == b"layer"


def test_lost_content_is_repaired_by_another_push(sandbox: Any, docker: RegistryClient) -> None:
    digest = docker.push_image("labs/web", "v1")
    layer = digest_of(b"layer")
    sandbox.store.path(layer).unlink()
    assert "push the image again" in docker("GET", f"/v2/labs/web/blobs/{layer}").error()[2]
    assert docker("HEAD", f"/v2/labs/web/blobs/{layer}").status == 404
    assert docker.push_image("labs/web", "v1") == digest
    assert docker("GET", f"/v2/labs/web/blobs/{layer}").body == b"layer"


def test_layer_too_large_is_refused(docker: RegistryClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MAX_BLOB_BYTES", 4)
    assert docker("PATCH", start(docker), b"12345").error()[:2] == (413, "SIZE_INVALID")


def test_full_disk_is_reported(docker: RegistryClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MIN_FREE_BYTES", 1 << 62)
    status, code, message = docker("PATCH", start(docker), b"1").error()
    assert (status, code) == (413, "SIZE_INVALID")
    assert message.startswith("The disk of the sandbox is full")


def test_unfinished_uploads_go_at_the_next_start(tmp_path: Path) -> None:
    store = blobs.BlobStore(tmp_path)
    upload = store.start()
    store.append(upload, [b"half"])
    blobs.BlobStore(tmp_path)
    assert not upload.path.exists()


def test_size_from_outside_is_not_believed(sandbox: Any) -> None:
    """Only the registry says how large a layer is that it holds: the server takes the header off requests."""
    from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

    from labs.sandbox.server.http_server import journaled_request

    environ = {
        "REQUEST_METHOD": "POST",
        "HTTP_X_CARDLABS_LAYER_SIZE": "1",
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
    }
    assert "HTTP_X_CARDLABS_LAYER_SIZE" not in journaled_request(environ, b"").environ
