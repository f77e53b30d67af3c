"""One request and its answer: whole and in time, or botocore is told that the connection failed, and tries again.

botocore limits each wait for more bytes, not the whole: an answer that comes drop by drop would never end. And of an
answer that breaks off ahead of its announced length it takes what came.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from labs.aws.botocore_internals import bytes_missing, set_response_class, wrap_body

SECONDS = 20.0
"""For one answer, from its first byte that is waited for to its last; AWS takes a few at most."""


class Deadline:
    """Sends requests as botocore's session does, for which it stands in an endpoint of botocore's."""

    def __init__(self, session: Any) -> None:
        self._session = session
        set_response_class(session, _Answer)

    def send(self, request: Any) -> Any:
        """The answer, read to its end. Raises botocore's ReadTimeoutError, and ConnectionClosedError if it is cut."""
        from botocore.exceptions import ConnectionClosedError

        answer = self._session.send(request)
        if bytes_missing(answer):
            raise ConnectionClosedError(endpoint_url=request.url, request=request)
        return answer

    def close(self) -> None:
        """Closes its connections."""
        self._session.close()


class _Answer(HTTPResponse):
    """An answer that is given up once it has taken too long as a whole."""

    def __init__(self, sock: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(sock, *given, **named)
        wrap_body(self, lambda raw: _Bytes(sock, raw))


class _Bytes(io.RawIOBase):
    """What comes on a socket, each wait no longer than what is left of the time for all of it."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw
        self._each = sock.gettimeout() or SECONDS
        self._end = time.monotonic() + SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As a socket's own file does. Raises TimeoutError when the time for all of it is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"the answer took longer than {SECONDS:g} s")
        self._sock.settimeout(min(left, self._each))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
