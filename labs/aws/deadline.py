"""A limit on the time and size of a whole answer; botocore gets a connection error beyond it, and retries.

botocore's timeout limits each wait for more bytes, so an answer that trickles in would never end. And botocore
accepts an answer that is shorter than its Content-Length.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from labs.aws.botocore_internals import bytes_missing, set_response_class, wrap_body
from labs.aws.limits import MAX_ANSWER_BYTES
from labs.aws.request_scope import current_context
from labs.aws.streams import read_stream
from labs.errors import LimitReached

SECONDS = 20.0
"""Limit for one answer from the first read to the last byte; AWS takes a few seconds at most."""


class Deadline:
    """Replaces the HTTP session in a botocore endpoint: sends requests, with limits."""

    def __init__(self, session: Any) -> None:
        self._session = session
        limit_answers(session)

    def send(self, request: Any) -> Any:
        """Sends a request and returns its answer, read to the end.

        Raises botocore's ReadTimeoutError, ConnectionClosedError if it is cut, and LimitReached.
        """
        from botocore.exceptions import ConnectionClosedError, HTTPClientError

        who = current_context()
        if who is not None:
            who.refuse_late()
        try:
            answer = self._session.send(request)
            stream = read_stream(answer) if request.stream_output else None
        except HTTPClientError as error:
            reached = error.kwargs.get("error")
            if who is not None and isinstance(reached, LimitReached):
                who.exceed(reached)
            raise
        except LimitReached as error:
            if who is not None:
                who.exceed(error)
            raise
        if bytes_missing(answer):
            raise ConnectionClosedError(endpoint_url=request.url, request=request)
        if stream is not None:
            answer.raw = stream
        return answer

    def close(self) -> None:
        """Closes its connections."""
        self._session.close()


def limit_answers(session: Any) -> None:
    """Makes an HTTP session of botocore abandon answers that take too long or are too large."""
    set_response_class(session, _Answer)


class _Answer(HTTPResponse):
    """An HTTP answer with a limit on its time and size."""

    def __init__(self, sock: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(sock, *given, **named)
        wrap_body(self, lambda raw: _Bytes(sock, raw))


class _Bytes(io.RawIOBase):
    """A raw stream of a socket with a limit on the time and size of everything that is read."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw
        self._each = sock.gettimeout() or SECONDS
        self._end = time.monotonic() + SECONDS
        self._who = current_context()
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Reads into a buffer. Raises TimeoutError when the time for the whole answer is over, and LimitReached."""
        left = self._end - time.monotonic()
        if self._who is not None:
            left = min(left, self._who.left())
        if left <= 0:
            raise TimeoutError("the time for the answer is over")
        self._sock.settimeout(min(left, self._each))
        read = self._raw.readinto(buffer)
        self._count(read or 0)
        return read

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > MAX_ANSWER_BYTES:
            raise LimitReached(f"the answer is larger than {MAX_ANSWER_BYTES >> 20} MB")
        if self._who is not None:
            self._who.scope.limits.receive(size)

    def close(self) -> None:
        self._raw.close()
        super().close()
