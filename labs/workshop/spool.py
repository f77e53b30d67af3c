"""A file of a round's results until they are printed, so that memory does not grow with the number of seats."""

from __future__ import annotations

import tempfile
from types import TracebackType
from typing import Self

import msgspec

from labs.workshop.seat_result import SeatResult

_encode = msgspec.json.Encoder(enc_hook=str).encode  # what JSON does not know is written as text
_decode = msgspec.json.Decoder(SeatResult).decode


class Spool:
    """A temporary file of results by seat; a later result of a seat replaces the earlier one."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, result: SeatResult) -> None:
        """Appends a result."""
        written = _encode(result)
        start = self._file.seek(0, 2)
        self._file.write(written)
        self._places[result.name] = start, len(written)

    def get(self, seat: str) -> SeatResult | None:
        """The result of a seat, if it was checked."""
        if seat not in self._places:
            return None
        start, size = self._places[seat]
        self._file.seek(start)
        return _decode(self._file.read(size))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
