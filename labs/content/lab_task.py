"""The content of `task.toml`, key by key: the source of its reference page and of `task.schema.json`."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Parameter = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cost of the finished lab in US dollars: `per_hour` until you clean up, `total` if cleaned up in time."""

    per_hour: Annotated[float, msgspec.Meta(ge=0)]
    total: Annotated[float, msgspec.Meta(ge=0)]
    what: Text
    """The part that costs money, or the reason why nothing does."""
    source: Text
    """The page of the prices."""
    checked: datetime.date
    """The day on which the prices were read."""


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An objective as the learner reads it: its sentence and its hints, from a nudge to nearly the answer.

    `link` is the page of the documentation that explains it.
    """

    id: Name
    title: Text
    """One statement about the account; `{queue}` stands for a parameter."""
    hints: Annotated[tuple[Text, ...], msgspec.Meta(min_length=2)]
    """From a nudge to nearly the answer, without the command that solves it."""
    link: Annotated[str, msgspec.Meta(pattern="^(https://.+)?$")] = ""


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change since a card was written, with its source and the day on which that was read."""

    text: Text
    source: Text
    checked: datetime.date


class CardLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card that this lab practises, named by its question, and the objectives that prove it.

    `evidence` is `applies` where doing the objective uses what the card says, `touches` where it only meets it.
    """

    deck: Text
    """The file name of the deck, without `.md`."""
    question: Text
    """The question of the card, as it stands in the deck."""
    objectives: tuple[Name, ...]
    """The objectives of this lab that practise the card."""
    evidence: Annotated[str, msgspec.Meta(pattern="^(applies|touches)$")] = "applies"
    correction: Correction | None = None
    """Where AWS has changed since the card was written."""


class Mistake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plausible wrong solution: the objectives that must not pass after its script."""

    what: Text
    """The fault, as a phrase: the script is `mistakes/NAME.sh`."""
    breaks: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    """The objectives that do not pass after it: all others must."""


class OnAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stages that `labs test --account` may play in a real account, and the account's requirements.

    Only scripts that the clean-up undoes completely, that AWS accepts, and that grant nobody else anything.
    """

    instances: Annotated[int, msgspec.Meta(ge=0)] = 0
    """EC2 instances that run at the same time, at most."""
    zones: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Availability Zones in which the default VPC needs a default subnet."""
    solutions: tuple[Name, ...] = ()
    """Solutions to play besides `solution.sh`."""
    mistakes: tuple[Name, ...] = ()


class LabTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The content of `task.toml`."""

    title: Text
    """The learner's task, as an imperative."""
    deck: Text
    """The file name of the deck that the lab belongs to, without `.md`."""
    group: Text
    """The heading under which `labs list` shows it."""
    minutes: Annotated[int, msgspec.Meta(ge=1, le=240)]
    """How long a learner takes."""
    cost: Cost
    objectives: Annotated[tuple[Goal, ...], msgspec.Meta(min_length=1)]
    requires: tuple[Name, ...] = ()
    """Labs that should be done before."""
    order: int = 0
    """The place of the lab among those of its deck."""
    parameters: dict[Parameter, Text] = {}
    """Names that a learner may choose, with their defaults; `{account}` and `{region}` are filled in."""
    about: dict[Parameter, Text] = {}
    """The resource that each parameter names, as a noun."""
    own: tuple[Parameter, ...] = ()
    """Names of which an account has only one: where learners share an account, each one's prefix goes before them."""
    cards: tuple[CardLink, ...] = ()
    """The cards that the lab practises."""
    mistakes: dict[Name, Mistake] = {}
    """Plausible wrong solutions, by the names of their scripts."""
    account: OnAccount = OnAccount()
    """The scripts that `labs test --account` may play."""
    links: tuple[Text, ...] = ()
    """Pages of documentation."""
