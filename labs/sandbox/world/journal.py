"""The journal: every request that changed the sandbox, one JSON line each, in the order of execution.

The first line is the header. Executing the other lines again restores the current world, each
at its own time and with its own seed. A line is written before the response is sent, so whatever was
answered survives the process. A copy of the file is a saved world.

Each line ends with a checksum of itself and of all lines before it. Journals of earlier versions have none; once one
line has it, all lines after it must. Lines after a damaged one cannot be executed, because they may depend on it.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Annotated

import msgspec

from labs import __version__
from labs.errors import SandboxError
from labs.system.files import regular

FORMAT = 1
_MAX_FORMAT = 1000
"""The largest format number that a later version may write; a larger one is invalid."""

Moment = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800)]
"""Seconds since 1970, up to the year 9999."""


class RecordedRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request as moto needs it: the relevant WSGI variables and the whole body.

    `names` are headers with an underscore in their name, which WSGI cannot tell from a dash (S3's metadata).
    """

    environ: dict[str, str]
    body: bytes = b""
    names: tuple[str, ...] = ()


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a journal. `born` is in seconds since 1970; `seed` generates the first ids."""

    journal: int = FORMAT
    cardlabs: str = __version__
    born: Moment
    seed: int
    realistic: bool = False
    services: tuple[str, ...] = ()


def new_header(*, realistic: bool, services: Iterable[str] = ()) -> Header:
    """The header of a new, empty world; `services` are those that this version serves."""
    return Header(
        born=time.time(), seed=secrets.randbits(53), realistic=realistic, services=tuple(sorted(services))
    )


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the world; without a request, a change that became due because time had passed.

    `status` is the HTTP status of the answer; 0 in journals of earlier versions.
    """

    time: Moment
    seed: int
    request: RecordedRequest | None = None
    status: int = 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """The usable part of a journal.

    `size` is the bytes up to the last usable line; `torn` says that an incomplete line follows. `damage` says
    which line is damaged, how, and how many lines are lost. `checksum` is that of the last line, None
    if it has none.
    """

    header: Header
    entries: tuple[JournalEntry, ...]
    size: int
    torn: bool
    checksum: int | None = None
    damage: str = ""


def read(path: Path) -> Recorded:
    """The content of a journal up to its end or its first damage.

    A torn last line (the process was killed while it wrote) is left out, and so is what follows a damaged one.
    Raises SandboxError if the file is not a journal, has a newer format, or has a damaged header.
    """
    try:
        data = regular(path).read_bytes()
    except OSError as error:
        raise SandboxError(f"{path} cannot be read: {error.strerror}") from error
    lines = data.split(b"\n")
    rest = lines.pop()
    if not lines:
        raise SandboxError(f"{path} is not a saved sandbox state.")
    header = _header(path, lines[0])
    try:
        checksum = _checked(lines[0], None)
    except ValueError as error:
        raise SandboxError(f"{path} has a damaged header ({error}); {_RESET_HINT}") from error
    size, entries = len(lines[0]) + 1, []
    decoder = msgspec.json.Decoder(JournalEntry)
    for number, line in enumerate(lines[1:], 2):
        try:
            checksum = _checked(line, checksum)
            entries.append(_whole(decoder.decode(line)))
        except (ValueError, RecursionError) as error:  # msgspec's errors and those of UTF-8 are ValueErrors
            lost = len(lines) - number + 1
            damage = (
                f"line {number} is damaged ({error}): of {len(lines) - 1} changes the last {lost} are lost"
            )
            return Recorded(header, tuple(entries), size, torn=False, checksum=checksum, damage=damage)
        size += len(line) + 1
    return Recorded(header, tuple(entries), size, torn=bool(rest), checksum=checksum)


_NEEDED = {"REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REQUEST_URI"}


def _whole(entry: JournalEntry) -> JournalEntry:
    """An entry whose request is complete. Raises ValueError."""
    if entry.request and not entry.request.environ.keys() >= _NEEDED:
        raise ValueError("its request is incomplete")
    return entry


_CHECKSUM = re.compile(rb',"crc":"([0-9a-f]{8})"}$')


def _sealed(line: bytes, before: int | None) -> tuple[bytes, int]:
    """A JSON object with the checksum of itself and of the lines before, and that checksum."""
    checksum = zlib.crc32(line, before or 0)
    return line[:-1] + b',"crc":"%08x"}' % checksum, checksum


def _checked(line: bytes, before: int | None) -> int | None:
    """The checksum of a line; None if neither it nor a line before it has one. Raises ValueError."""
    found = _CHECKSUM.search(line)
    if found is None:
        if before is not None:
            raise ValueError("it has no checksum")
        return None
    if zlib.crc32(line[: found.start()] + b"}", before or 0) != int(found[1], 16):
        raise ValueError("its checksum is another")
    return int(found[1], 16)


_RESET_HINT = "start an empty sandbox: labs sandbox reset"


def _header(path: Path, line: bytes) -> Header:
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        first = {}
    written = first.get("journal") if isinstance(first, dict) else None
    if not isinstance(written, int) or written > _MAX_FORMAT:
        raise SandboxError(f"{path} is not a saved sandbox state.")
    if written > FORMAT:
        raise SandboxError(
            f"{path} was written by cardlabs {first.get('cardlabs')!s:.20} in format {written}; "
            f"cardlabs {__version__} reads up to {FORMAT}. Update cardlabs, or {_RESET_HINT}"
        )
    try:
        return msgspec.convert(first, Header)
    except msgspec.ValidationError as error:
        raise SandboxError(f"{path} has a damaged header ({error}); {_RESET_HINT}") from error


class Journal:
    """A journal open for appending; only one process holds it at a time."""

    def __init__(self, path: Path, recorded: Recorded) -> None:
        self.path = path
        self.header = recorded.header
        self.entries = len(recorded.entries)
        self.damage = _set_aside(path, recorded.damage) if recorded.damage else ""
        self._checksum = recorded.checksum
        self._unwritten = b""
        self._file: FileIO = path.open("ab", buffering=0)
        self._file.truncate(recorded.size)

    @classmethod
    def create(cls, path: Path, header: Header) -> Journal:
        """A new, empty journal that replaces the file."""
        put(path, _sealed(msgspec.json.encode(header), None)[0] + b"\n")
        return cls(path, read(path))

    def append(self, entry: JournalEntry) -> None:
        """Adds a step, which survives a crash of the process once this returns.

        Raises SandboxError if the disk is full. The step has happened nevertheless: it is written before the
        next one.
        """
        line, self._checksum = _sealed(msgspec.json.encode(entry), self._checksum)
        self._unwritten += line + b"\n"
        self.entries += 1
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._file.write(self._unwritten) :]
        except OSError as error:
            raise SandboxError(f"{self.path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Closes the file and releases its lock."""
        self._file.close()


def _set_aside(path: Path, damage: str) -> str:
    """Copies a damaged journal before it is truncated. Returns what was lost, and where the copy is."""
    copy = path.with_name(f"{path.name}.damaged-{int(time.time())}")
    try:
        shutil.copyfile(path, copy)
    except OSError as error:
        raise SandboxError(f"{path}, {damage}; {copy} cannot be written: {error.strerror}") from error
    return f"{path}, {damage}; the whole file is kept as {copy}"


def put(path: Path, data: bytes) -> None:
    """Replaces a journal atomically."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise SandboxError(f"{path} cannot be written: {error.strerror}") from error
