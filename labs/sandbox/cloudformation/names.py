"""Names that CloudFormation generates for resources: the stack's name, the logical id, and random characters."""

from __future__ import annotations

from moto.moto_api._internal import mock_random

RANDOM_LENGTH = 12
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def physical_name(stack: str, logical_id: str, max_length: int, *, lower: bool) -> str:
    """A name such as `web-Service-1ABCDEFGHIJK`; its first two parts are cut to the maximum length of the type."""
    end = "".join(mock_random.choice(_ALPHABET) for _ in range(RANDOM_LENGTH))
    room = max_length - len(end) - 2
    if len(stack) + len(logical_id) > room:
        stack = stack[: max(room - len(logical_id), room // 2)]
        logical_id = logical_id[: room - len(stack)]
    name = f"{stack.rstrip('-')}-{logical_id}-{end}"
    return name.lower() if lower else name
