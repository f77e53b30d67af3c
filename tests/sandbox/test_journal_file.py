"""The journal as a file: what is appended is on disk, and what is damaged is refused or cut."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.errors import SandboxError
from labs.sandbox.world import journal
from labs.sandbox.world.journal import FORMAT, Header, Journal, JournalEntry, RecordedRequest

HEADER = Header(born=1_700_000_000.5, seed=7)
ASKED = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "REQUEST_URI": "/", "QUERY_STRING": ""}


ENTRIES = (
    JournalEntry(
        1_700_000_001.25,
        1,
        RecordedRequest({**ASKED, "PATH_INFO": "/ü"}, b"\x00\n\xff", ("x-amz-meta-a_b",)),
    ),
    JournalEntry(1_700_000_002.0, 2),
    JournalEntry(1_700_000_002.0, 3, RecordedRequest(ASKED, b"")),
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
    recorded = journal.read(path)
    assert (recorded.header, recorded.entries) == (HEADER, ENTRIES)
    assert (recorded.size, recorded.torn, recorded.damage) == (size, False, "")


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
        pytest.param(b"", "is not a saved sandbox state", id="empty"),
        pytest.param(b'{"journal": 1', "is not a saved sandbox state", id="half a header"),
        pytest.param(b"\x00\xff\n", "is not a saved sandbox state", id="binary"),
        pytest.param(b"[]\n", "is not a saved sandbox state", id="a list"),
        pytest.param(b'{"journal": "1"}\n', "is not a saved sandbox state", id="format as text"),
        pytest.param(b'{"born": 1, "seed": 2}\n', "is not a saved sandbox state", id="no format"),
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
    with pytest.raises(
        SandboxError, match=r"cardlabs 9.0 in format 2.*start an empty sandbox: labs sandbox reset"
    ):
        journal.read(path)


@pytest.mark.parametrize(
    "damage",
    [
        b"{}",
        b"",
        b"nonsense",
        b"\xff\xfe",
        b'{"time": "x", "seed": 1}',
        b'{"time": 1e300, "seed": 1}',
        b"[" * 9999,
    ],
    ids=[
        "empty object",
        "empty",
        "nonsense",
        "no UTF-8",
        "a text as time",
        "a time of no calendar",
        "nested",
    ],
)
def test_a_damaged_journal_is_used_up_to_the_damage(path: Path, damage: bytes) -> None:
    """The lines ahead of it count, how many are lost is told, and the file is kept before it is cut."""
    lines = written(path).splitlines(keepends=True)
    whole = b"".join([*lines[:2], damage + b"\n", *lines[2:]])
    path.write_bytes(whole)
    recorded = journal.read(path)
    assert recorded.entries == ENTRIES[:1]
    assert recorded.damage.startswith("line 3 is damaged (")
    assert recorded.damage.endswith("of 4 changes the last 3 are lost")
    again = Journal(path, recorded)
    again.append(ENTRIES[2])
    again.close()
    assert journal.read(path).entries == (ENTRIES[0], ENTRIES[2])
    (copy,) = path.parent.glob("journal.jsonl.damaged-*")
    assert copy.read_bytes() == whole
    assert again.damage == f"{path}, {recorded.damage}; the whole file is kept as {copy}"


@pytest.mark.slow
@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_flipped_bit_makes_another_world(path: Path, data: st.DataObject) -> None:
    """Whichever bits flip, what is read is the beginning of what was written, or one error."""
    whole = bytearray(written(path))
    for place in data.draw(st.lists(st.integers(0, len(whole) * 8 - 1), min_size=1, max_size=4, unique=True)):
        whole[place // 8] ^= 1 << place % 8
    path.write_bytes(whole)
    try:
        recorded = journal.read(path)
    except SandboxError:
        return
    assert recorded.entries == ENTRIES[: len(recorded.entries)]
    assert recorded.damage or recorded.torn
    assert recorded.header == HEADER or not recorded.entries


@pytest.mark.slow
@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_journal_or_one_error(path: Path, content: bytes) -> None:
    """Whatever follows the header."""
    path.write_bytes(b'{"journal": 1, "born": 1, "seed": 2}\n' + content)
    assert journal.read(path).header.seed == 2
    path.write_bytes(content)
    with pytest.raises(SandboxError):
        journal.read(path)


def test_a_journal_of_an_earlier_version_is_read_and_continued(path: Path) -> None:
    """Lines without a checksum count as long as none ahead of them has one."""
    path.write_bytes(b'{"journal":1,"born":1.0,"seed":7}\n{"time":2.0,"seed":1}\n')
    old = journal.read(path)
    assert (len(old.entries), old.damage) == (1, "")
    again = Journal(path, old)
    again.append(ENTRIES[0])
    again.close()
    assert journal.read(path).entries == (*old.entries, ENTRIES[0])
    with path.open("ab") as file:
        file.write(b'{"time":2.0,"seed":1}\n')
    assert "line 4 is damaged (it has no checksum)" in journal.read(path).damage


def test_what_a_full_disk_does_not_take_is_written_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is told; the step has happened, and comes ahead of the next one once there is room."""
    kept = Journal.create(path, HEADER)

    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(kept, "_file", Full())
        with pytest.raises(SandboxError, match=r"journal.jsonl cannot be written: No space left on device"):
            kept.append(ENTRIES[0])
    kept.append(ENTRIES[1])
    kept.close()
    assert journal.read(path).entries == ENTRIES[:2]


@pytest.mark.parametrize("missing", ASKED)
def test_an_incomplete_request_is_damage(missing: str, path: Path) -> None:
    """It could not be repeated, and neither could the message that says so."""
    kept = Journal.create(path, HEADER)
    kept.append(ENTRIES[1])
    environ = {name: value for name, value in ASKED.items() if name != missing}
    kept.append(JournalEntry(1_700_000_003.0, 4, RecordedRequest(environ)))
    kept.close()
    recorded = journal.read(path)
    assert recorded.entries == ENTRIES[1:2]
    assert "line 3 is damaged (its request is incomplete)" in recorded.damage


@pytest.mark.parametrize("version", ["9" * 4000, '"1"', "[]"])
def test_what_is_no_format_is_no_state(version: str, path: Path) -> None:
    path.write_text(f'{{"journal":{version}}}\n')
    with pytest.raises(SandboxError) as error:
        journal.read(path)
    assert str(error.value) == f"{path} is not a saved sandbox state."
