"""Why an objective cannot be judged at an emulator: what it looks at, nobody provides there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession
from labs.sandbox.fidelity.emulators import PLAIN_MOTO, is_aws, kept
from labs.sdk import Account
from labs.verify.key_tracking import noting


def emulator(look: AwsSession) -> str | None:
    """The endpoint behind a look that is neither AWS's nor the sandbox's."""
    return None if look.target().kind == "sandbox" else _stranger(look)


def is_malformed(error: BaseException) -> bool:
    """Whether an answer was of another kind than AWS's: what it lacks may be why."""
    from botocore.exceptions import ClientError
    from botocore.parsers import ResponseParserError

    return isinstance(error, KeyError | ClientError | ResponseParserError)


def known(look: AwsSession) -> tuple[str, ...] | None:
    """What probes found out that the emulator lacks; None where nobody has probed it."""
    url = emulator(look)
    if look.lacks is not None or url is None or look.where.maps is None:
        return look.lacks
    return kept(look.where.maps, look.endpoint or url)


def _stranger(look: AwsSession) -> str | None:
    return next((url for url in sorted(look.answered_at) if not is_aws(url)), None)


def lacking(
    look: AwsSession, allowed: frozenset[str], check: Callable[[Account], Any], *, effect: bool
) -> str:
    """What the emulator lacks of what a check looks at, as a sentence; empty where it lacks nothing, or is none.

    The check is run once more, on answers that are there already, to see what it looks at. Of an emulator that
    nobody has probed it is known only that plain moto is its like, and nothing of its effects.
    """
    if not _stranger(look) or not emulator(look):
        return ""
    lacks = known(look)
    from labs.sandbox.fidelity.map import missing

    told = missing(PLAIN_MOTO if lacks is None else lacks, _looked_at(look, allowed, check))
    if told:
        return f"this emulator lacks what this needs: {'; '.join(told)}"
    if effect and lacks is None:
        return "this is what AWS does by itself, and nobody has found out whether this emulator does it too"
    return ""


def _looked_at(look: AwsSession, allowed: frozenset[str], check: Callable[[Account], Any]) -> set[str]:
    seen: set[str] = set()
    account = look.account()
    with (
        check_context(CheckContext(look.visit, allowed)),
        suppress(Exception, SystemExit),
    ):  # how it ends is known already
        check(replace(account, clients=noting(account.clients, seen)))
    return seen
