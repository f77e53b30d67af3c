"""The built-in pack: a deck about ECS, and the labs and checks of its cards.

A wheel holds `checks/` and `decks/` in this package; a checkout keeps them at its top, which is put on the package's
path, so that `labs.packs.aws_ecs.checks` is the same package in both and nobody else's `checks/` can hide it.
"""

from pathlib import Path

from labs import __version__
from labs.sdk import Pack

_LABS = Path(__file__).parents[2]
_HOME = Path(__file__).parent
if not (_HOME / "checks").is_dir():
    _HOME = _LABS.parent
    __path__.append(str(_HOME))

PACK = Pack(
    name="aws-ecs",
    decks=_HOME / "decks",
    tasks=_LABS / "tasks",
    checks=_HOME / "checks",
    module=f"{__name__}.checks",
    words=Path(__file__).with_name("words.tsv"),
    version=__version__,
)
