"""Worlds that are saved with the contents of their images, and without."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from registry_kit import digest_of

from labs.errors import SandboxError
from labs.sandbox.client.saved_world import pack, unpack
from labs.sandbox.world.journal import Header, Journal


@pytest.fixture
def journal(tmp_path: Path) -> bytes:
    path = tmp_path / "journal.jsonl"
    Journal.create(path, Header(born=0.0, seed=1)).close()
    return path.read_bytes()


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    folder = tmp_path / "blobs"
    folder.mkdir()
    (folder / digest_of(b"layer").removeprefix("sha256:")).write_bytes(b"layer")
    return folder


def test_saved_images_come_back(tmp_path: Path, journal: bytes, blobs: Path) -> None:
    pack(tmp_path / "world", journal, blobs, images=True)
    assert unpack(tmp_path / "world", tmp_path / "there")[0] == journal
    assert [each.read_bytes() for each in (tmp_path / "there").iterdir()] == [b"layer"]


def test_without_images_a_world_is_its_journal(tmp_path: Path, journal: bytes, blobs: Path) -> None:
    pack(tmp_path / "world", journal, blobs, images=False)
    assert (tmp_path / "world").read_bytes() == journal
    assert unpack(tmp_path / "world", tmp_path / "there")[0] == journal
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("name", ["../evil", "blobs/../../evil", "blobs/abc", "etc/passwd"])
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "world", "w") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(SandboxError, match="is not a saved sandbox"):
        unpack(tmp_path / "world", tmp_path / "there")


def test_content_under_another_digest_is_refused(tmp_path: Path, journal: bytes, blobs: Path) -> None:
    (blobs / ("0" * 64)).write_bytes(b"something else")
    pack(tmp_path / "world", journal, blobs, images=True)
    with pytest.raises(SandboxError, match="is damaged"):
        unpack(tmp_path / "world", tmp_path / "there")


def test_archive_without_a_journal_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "world", "w"):
        pass
    with pytest.raises(SandboxError, match="saved sandbox"):
        unpack(tmp_path / "world", tmp_path / "there")


def test_archive_that_unpacks_to_more_than_its_size_is_refused(tmp_path: Path) -> None:
    """Compressed, or with holes in it, a small file could fill the disk."""
    with tarfile.open(tmp_path / "small", "w:gz") as tar:
        entry = tarfile.TarInfo("journal.jsonl")
        tar.addfile(entry, io.BytesIO())
    with tarfile.open(tmp_path / "holes", "w") as tar:
        entry = tarfile.TarInfo("journal.jsonl")
        entry.type = tarfile.GNUTYPE_SPARSE
        tar.addfile(entry)
    for name in ("small", "holes"):
        with pytest.raises(SandboxError, match=r"is damaged|is not a saved"):
            unpack(tmp_path / name, tmp_path / "there")
