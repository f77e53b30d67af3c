"""The journal as a file: what is appended is on disk, and what is damaged is refused or cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs.errors import SandboxError
from labs.sandbox.world import journal
from labs.sandbox.world.journal import FORMAT, Entry, Header, Journal, Request

HEADER = Header(born=1_700_000_000.5, seed=7)


ENTRIES = (
    Entry(1_700_000_001.25, 1, Request({"PATH_INFO": "/ü"}, b"\x00\n\xff", ("x-amz-meta-a_b",))),
    Entry(1_700_000_002.0, 2),
    Entry(1_700_000_002.0, 3, Request({}, b"")),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def written(path: Path) -> bytes:
    kept = Journal.create(path, HEADER)
    for entry in ENTRIES:
        kept.append(entry)
    kept.close()
    return path.read_bytes()


def test_what_was_written_is_read_again(path: Path) -> None:
    """Header, times, seeds, bodies of any bytes and steps without a request come back as they were."""
    size = len(written(path))
    assert journal.read(path) == journal.Recorded(HEADER, ENTRIES, size, torn=False)


def test_an_entry_is_on_disk_when_append_returns(path: Path) -> None:
    """Nothing waits in a buffer that a killed process would take along."""
    kept = Journal.create(path, HEADER)
    for number, entry in enumerate(ENTRIES, 1):
        kept.append(entry)
        assert journal.read(path).entries == ENTRIES[:number]
    kept.close()


def test_a_journal_cut_anywhere_keeps_its_whole_lines(path: Path) -> None:
    """Wherever a kill cut the file: what was complete is read, the torn rest is dropped and overwritten."""
    data = written(path)
    first = data.index(b"\n") + 1
    for cut in range(first, len(data)):
        path.write_bytes(data[:cut])
        recorded = journal.read(path)
        assert recorded.entries == ENTRIES[: data[:cut].count(b"\n") - 1]
        assert recorded.torn == (data[cut - 1 : cut] != b"\n")
        again = Journal(path, recorded)
        again.append(ENTRIES[1])
        again.close()
        assert journal.read(path).entries == (*recorded.entries, ENTRIES[1])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "no first line", id="empty"),
        pytest.param(b'{"journal": 1', "no first line", id="half a header"),
        pytest.param(b"\x00\xff\n", "no header", id="binary"),
        pytest.param(b"[]\n", "no header", id="a list"),
        pytest.param(b'{"journal": "1"}\n', "no header", id="format as text"),
        pytest.param(b'{"born": 1, "seed": 2}\n', "no header", id="no format"),
        pytest.param(b'{"journal": 1, "born": "x", "seed": 2}\n', "damaged header", id="born is text"),
        pytest.param(b'{"journal": 1, "born": 1}\n', "damaged header", id="no seed"),
    ],
)
def test_what_is_no_journal_is_refused(path: Path, content: bytes, says: str) -> None:
    """A file of another kind is named, and what is wrong with it."""
    path.write_bytes(content)
    with pytest.raises(SandboxError, match=says) as error:
        journal.read(path)
    assert str(path) in str(error.value)


def test_a_missing_journal_is_refused(path: Path) -> None:
    """A file that is not there is a sentence, not a traceback."""
    with pytest.raises(SandboxError, match="cannot be read: No such file"):
        journal.read(path)


def test_a_newer_format_is_refused_with_a_way_out(path: Path) -> None:
    """Who goes back to an older cardlabs reads what to do."""
    path.write_text(json.dumps({"journal": FORMAT + 1, "cardlabs": "9.0", "other": []}) + "\n")
    with pytest.raises(SandboxError, match=r"cardlabs 9.0 in format 2.*`labs sandbox reset` begins anew"):
        journal.read(path)


@pytest.mark.parametrize("damage", [b"{}\n", b"\n", b"nonsense\n", b'{"time": "x", "seed": 1}\n'])
def test_damage_before_the_end_names_its_line(path: Path, damage: bytes) -> None:
    """Only the last line can have been torn; anything else must not be passed over in silence."""
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], damage, *lines[2:]]))
    with pytest.raises(SandboxError, match="line 3 is damaged"):
        journal.read(path)
