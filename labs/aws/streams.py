"""Streaming bodies of answers, such as the content of an S3 object.

The cache stores the bytes of the body, and each check that receives the answer gets its own stream.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

from labs.errors import LimitReached

MAX_STREAM_BYTES = 1024 * 1024


class Stream(io.BytesIO):
    """A fully read body with the methods of botocore's `StreamingBody`."""

    def iter_chunks(self, chunk_size: int = 1024) -> Iterator[bytes]:
        """The content in chunks of at most `chunk_size` bytes."""
        return iter(partial(self.read, chunk_size), b"")

    def iter_lines(self, chunk_size: int = 1024, keepends: bool = False) -> Iterator[bytes]:  # noqa: ARG002 - botocore's signature
        """The content line by line."""
        return (line for each in self for line in each.splitlines(keepends))


def read_stream(answer: Any) -> io.BytesIO | None:
    """The streaming body of an HTTP answer, read to the end; None for an error, whose body botocore reads itself.

    Raises LimitReached if it is too large, and botocore's errors for a broken connection.
    """
    from botocore.response import StreamingBody

    if answer.status_code >= 300:
        answer.content  # noqa: B018 - the property reads the body
        return None
    with closing(answer.raw):
        body = StreamingBody(answer.raw, None).read(MAX_STREAM_BYTES + 1)  # type: ignore[arg-type] # of any length
    if len(body) > MAX_STREAM_BYTES:
        raise LimitReached(
            f"the content is larger than {MAX_STREAM_BYTES >> 20} MB, which is all that a check may read"
        )
    return io.BytesIO(body)


def opened(answer: dict[str, Any], shape: Any) -> dict[str, Any]:
    """Replaces the body in an answer, bytes or botocore's stream, by a Stream. Changes and returns the answer."""
    name = shape.serialization.get("payload") if shape is not None else None
    if name and name in answer and shape.members[name].type_name == "blob":
        body = answer[name]
        answer[name] = Stream(body if isinstance(body, bytes) else body.read())
    return answer


def content(value: object) -> bytes:
    """The bytes of a stream. Raises TypeError for anything else."""
    if isinstance(value, Stream):
        return value.getvalue()
    raise TypeError(f"{type(value).__name__} cannot be part of a response")
