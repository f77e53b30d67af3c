"""Messages between the command and the process of a pack's checks: MessagePack with a length prefix.

The pack's process is untrusted: its messages are decoded into these types, or refused.
"""

from __future__ import annotations

import struct
import threading
from datetime import datetime
from typing import IO, Any

import msgspec

from labs.aws.streams import Stream
from labs.errors import ChannelClosed
from labs.sdk import Leftover

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of one message to the pack's process: an answer of AWS, most of all."""
MAX_PACK_BYTES = 1024 * 1024
"""Maximum size of one message of the pack's process."""
_LENGTH = struct.Struct(">I")


class Message(msgspec.Struct, frozen=True, tag=True):
    """A message that belongs to one call of the pack's code."""

    call: int


class Load(Message, frozen=True):
    """Import the check of a lab."""

    lab: str


class Judge(Message, frozen=True):
    """Run the check of one objective in this account."""

    lab: str
    objective: str
    region: str
    neighbours: tuple[str, ...]
    at: datetime | None
    names: dict[str, str]
    notes_keys: bool = False
    """Whether to return the keys of the answers that the check looks up."""


class Find(Message, frozen=True):
    """Find the leftovers of a lab with the finder that has this index."""

    lab: str
    finder: int
    region: str
    neighbours: tuple[str, ...]
    at: datetime | None
    names: dict[str, str]
    seen: tuple[str, ...]


class Answer(Message, frozen=True):
    """AWS's answer to an Ask."""

    ask: int
    answer: Any


class Refusal(Message, frozen=True):
    """AWS's error response to an Ask."""

    ask: int
    response: dict[str, Any]


class NoAnswer(Message, frozen=True):
    """The reason why an Ask has no answer: type and text of the exception."""

    ask: int
    kind: str
    text: str


class Described(Message, frozen=True):
    """The check of a lab: its reads, objectives (id, needs, whether an effect), and the reads of each finder."""

    reads: tuple[str, ...]
    objectives: tuple[tuple[str, tuple[str, ...], bool], ...]
    finders: tuple[tuple[str, ...], ...]


class Broken(Message, frozen=True):
    """The faults because of which the check of a lab cannot be used."""

    faults: tuple[tuple[str, str], ...]


class Ask(Message, frozen=True):
    """A call to AWS; without a service, a question for the account ID."""

    ask: int
    service: str = ""
    region: str = ""
    operation: str = ""
    arguments: dict[str, Any] = {}


class Judged(Message, frozen=True):
    """The outcome of a check: the fields of Passed, or of Failed."""

    passed: bool
    outcome: dict[str, Any]
    keys: tuple[str, ...] = ()


class Found(Message, frozen=True):
    """The leftovers of a lab."""

    left: tuple[Leftover, ...]


class Raised(Message, frozen=True):
    """An exception in the pack's code; `ask` is the call whose error it is, if any."""

    kind: str
    text: str
    ask: int | None = None


class Channel:
    """One end of the connection; `send` is thread-safe."""

    def __init__(
        self, reader: IO[bytes], writer: IO[bytes], receives: Any, max_bytes: int = MAX_BYTES
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = msgspec.msgpack.Decoder(receives)
        self._encoder = msgspec.msgpack.Encoder()
        self._lock = threading.Lock()
        self._max_bytes = max_bytes

    def send(self, message: Message) -> None:
        """Sends a message. Raises ChannelClosed, and TypeError or OverflowError for values that cannot be encoded."""
        text = self._encoder.encode(message)
        try:
            with self._lock:
                self._writer.write(_LENGTH.pack(len(text)) + text)
                self._writer.flush()
        except (OSError, ValueError) as error:
            raise ChannelClosed from error

    def receive(self) -> Any:
        """The next message. Raises ChannelClosed."""
        try:
            (size,) = _LENGTH.unpack(self._reader.read(_LENGTH.size))
            if size > self._max_bytes:
                raise ChannelClosed
            return self._decoder.decode(self._reader.read(size))
        except (OSError, ValueError, RecursionError, struct.error) as error:
            raise ChannelClosed from error


def plain(value: Any) -> Any:
    """A copy of an answer, of types that a message can carry."""
    match value:
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case Stream():
            return value.getvalue()
        case _:
            return value
