"""A pack for cardlabs: queues and topics, with a deck of their own."""

from pathlib import Path

from labs.sdk import Pack

_HOME = Path(__file__).parent

PACK = Pack(
    name="messaging",
    decks=_HOME / "decks",
    tasks=_HOME / "tasks",
    checks=_HOME / "checks",
    module=f"{__name__}.checks",
    version="0.1.0",
    api=1,
)
