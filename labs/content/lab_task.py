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
    """An objective as the learner reads it: its statement and its hints."""

    id: Name
    title: Text
    """One statement about the account; `{queue}` stands for a parameter."""
    hints: Annotated[tuple[Text, ...], msgspec.Meta(min_length=2)]
    """From a nudge to nearly the answer, without the command that solves it."""
    link: Annotated[str, msgspec.Meta(pattern="^(https://.+)?$")] = ""
    """The page of the documentation that explains the objective."""


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of AWS since a card was written."""

    text: Text
    """What is true now."""
    source: Text
    """The page that says so."""
    checked: datetime.date
    """The day on which the page was read."""


class CardLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card that this lab practices, named by its question, and the objectives that prove it."""

    deck: Text
    """The file name of the deck, without `.md`."""
    question: Text
    """The question of the card, as it stands in the deck."""
    objectives: tuple[Name, ...]
    """The objectives of this lab that practice the card."""
    evidence: Annotated[str, msgspec.Meta(pattern="^(applies|touches)$")] = "applies"
    """`applies` if passing the objectives shows that the card is known; `touches` if they only meet its subject."""
    correction: Correction | None = None
    """Where AWS has changed since the card was written."""


class Mistake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plausible wrong solution, whose script is `mistakes/NAME.sh`."""

    what: Text
    """The fault, as a phrase."""
    breaks: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    """The objectives that must not pass after the script. All others must pass or be blocked."""


class OnAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The scripts that `labs test --account` may play in a real account, and what they need there.

    Only scripts that the clean-up undoes completely, that AWS accepts, and that grant nobody else anything.
    """

    instances: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The most EC2 instances that run at the same time."""
    zones: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Availability Zones in which the default VPC needs a default subnet."""
    solutions: tuple[Name, ...] = ()
    """Solutions to play besides `solution.sh`."""
    mistakes: tuple[Name, ...] = ()
    """Mistakes to play."""


class LabTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The content of `task.toml`."""

    title: Text
    """The learner's task, as an imperative."""
    deck: Text
    """The file name of the deck that the lab belongs to, without `.md`."""
    group: Text
    """The heading under which `labs list` shows it."""
    minutes: Annotated[int, msgspec.Meta(ge=1, le=240)]
    """The time that a learner needs."""
    cost: Cost
    """The cost of the finished lab."""
    objectives: Annotated[tuple[Goal, ...], msgspec.Meta(min_length=1)]
    """The objectives, in the order of `OBJECTIVES` in the check."""
    requires: tuple[Name, ...] = ()
    """Labs that should be done before."""
    order: int = 0
    """The place of the lab among those of its deck."""
    parameters: dict[Parameter, Text] = {}
    """Names that a learner can choose, with their defaults; `{account}` and `{region}` are filled in."""
    about: dict[Parameter, Text] = {}
    """The resource that each parameter names, as a noun."""
    own: tuple[Parameter, ...] = ()
    """Parameters whose values must be unique in an account: if learners share one, their prefixes precede these."""
    cards: tuple[CardLink, ...] = ()
    """The cards that the lab practices."""
    mistakes: dict[Name, Mistake] = {}
    """Plausible wrong solutions, by the names of their scripts."""
    account: OnAccount = OnAccount()
    """The scripts that `labs test --account` may play."""
    links: tuple[Text, ...] = ()
    """Pages of documentation for the whole lab."""
