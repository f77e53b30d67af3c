"""One request and its answer: whole and in time, or botocore is told that the connection failed, and tries again.

botocore limits each wait for more bytes, not the whole: an answer that comes drop by drop would never end. And of an
answer that breaks off ahead of its announced length it takes what came.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

SECONDS = 20.0
"""For one try, from the look-up of the address to the last byte; AWS takes a few at most."""


class Exchange:
    """Sends requests as botocore's session does, for which it stands in an endpoint of botocore's."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def send(self, request: Any) -> Any:
        """The answer, read to its end. Raises botocore's ReadTimeoutError, and ConnectionClosedError if it is cut."""
        from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

        answer: Future[Any] = Future()
        # A thread of its own, which nobody waits for in the end: nothing else can leave a connection that drips.
        threading.Thread(target=self._fetch, args=(request, answer), daemon=True).start()
        try:
            whole = answer.result(SECONDS)
        except TimeoutError:
            raise ReadTimeoutError(endpoint_url=request.url) from None
        if whole.raw.length_remaining:
            raise ConnectionClosedError(endpoint_url=request.url, request=request)
        return whole

    def close(self) -> None:
        """Closes its connections."""
        self._session.close()

    def _fetch(self, request: Any, answer: Future[Any]) -> None:
        try:
            answer.set_result(self._session.send(request))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            answer.set_exception(error)
