"""The journal: every request that changed the sandbox, one JSON line each, in the order of execution.

The first line is the header; the world as it stands is what one gets by carrying the lines out again, each
at its own time and with its own seed. A line is written before the answer leaves, so whatever a caller has
been told survives the process. The file is a world: copied, it is a saved one.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from labs import __version__
from labs.errors import SandboxError

FORMAT = 1


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request as moto needs it: the WSGI variables that say what is asked, and the whole body.

    `names` are headers with an underscore in their name, which WSGI cannot tell from a dash (S3's metadata).
    """

    environ: dict[str, str]
    body: bytes = b""
    names: tuple[str, ...] = ()


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a world starts with. `born` is in seconds since 1970; `seed` is what its first ids come from."""

    journal: int = FORMAT
    cardlabs: str = __version__
    born: float
    seed: int
    realistic: bool = False


def new_header(*, realistic: bool) -> Header:
    """The beginning of a world that nobody has used."""
    return Header(born=time.time(), seed=secrets.randbits(53), realistic=realistic)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the world; without a request it is time that passed and let something fall due."""

    time: float
    seed: int
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a journal holds. `size` is in bytes up to the last whole line; `torn` says that more came after."""

    header: Header
    entries: tuple[Entry, ...]
    size: int
    torn: bool


def read(path: Path) -> Recorded:
    """Everything in a journal. A torn last line (the process was killed while it wrote) is left out.

    Raises SandboxError where the file is none, is of a newer format, or is damaged before its end.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SandboxError(f"{path} cannot be read: {error.strerror}") from error
    lines = data.split(b"\n")
    rest = lines.pop()
    if not lines:
        raise SandboxError(f"{path} is no saved sandbox: it has no first line")
    header = _header(path, lines[0])
    decoder = msgspec.json.Decoder(Entry)
    entries = []
    for number, line in enumerate(lines[1:], 2):
        try:
            entries.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise SandboxError(f"{path}, line {number} is damaged ({error}); {_RESET_HINT}") from error
    return Recorded(header, tuple(entries), len(data) - len(rest), torn=bool(rest))


_RESET_HINT = "`labs sandbox reset` begins anew"


def _header(path: Path, line: bytes) -> Header:
    try:
        first = json.loads(line)
    except ValueError:
        first = {}
    written = first.get("journal") if isinstance(first, dict) else None
    if not isinstance(written, int):
        raise SandboxError(f"{path} is no saved sandbox: its first line is no header")
    if written > FORMAT:
        raise SandboxError(
            f"{path} was written by cardlabs {first.get('cardlabs')} in format {written}; "
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
        self._file: BinaryIO = path.open("ab")
        self._file.truncate(recorded.size)

    @classmethod
    def create(cls, path: Path, header: Header) -> Journal:
        """A new, empty journal in place of whatever was there."""
        put(path, msgspec.json.encode(header) + b"\n")
        return cls(path, read(path))

    def append(self, entry: Entry) -> None:
        """Adds a step; once this returns it survives the end of the process, however that comes."""
        self._file.write(msgspec.json.encode(entry) + b"\n")
        self._file.flush()
        self.entries += 1

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def put(path: Path, data: bytes) -> None:
    """Puts a whole journal in the place of another, so that a reader sees the old or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
