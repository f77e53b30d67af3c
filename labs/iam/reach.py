"""Least-privilege questions: whether policies allow anything outside a scope, or less than a scope.

The patterns of the policies divide all possible names of actions and resources into equivalence classes. Evaluating one
name of each class (`pattern.representatives`) answers the question for all names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from labs.errors import Undecidable
from labs.iam.condition import Value
from labs.iam.decision import AccessRequest, Decision, covers_action, decide, lets
from labs.iam.document import Policy, Principals, Statement
from labs.iam.pattern import (
    ONE,
    STAR,
    Lookup,
    action_matches,
    fill,
    folded,
    matches,
    representatives,
    whole_arn,
    wild,
)
from labs.iam.principal import ANONYMOUS, account_of, is_account


@dataclass(frozen=True, slots=True)
class Scope:
    """Actions on resources, both as patterns: `Scope(("ecr:Get*",), ("arn:aws:ecr:*:*:repository/labs/app",))`."""

    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)

    def covers(self, action: str, resource: str) -> bool:
        """Whether this action on this resource is within the scope."""
        fits_action = any(action_matches(written, action) for written in self.actions)
        return fits_action and any(matches(wild(written), resource) for written in self.resources)


@dataclass(frozen=True, slots=True)
class Reach:
    """An example of an action on a resource: allowed (`reaches`, `admits`) or not allowed (`lacks`).

    `certain` is False if that depends on a condition that may or may not be met.
    """

    action: str
    resource: str
    principal: str | None
    certain: bool


def reaches(
    policies: Sequence[Policy],
    within: Scope,
    besides: Sequence[Scope] = (),
    *,
    boundary: Sequence[Policy] | None = None,
    principal: str | None = None,
    context: Mapping[str, Value] | None = None,
) -> Reach | None:
    """An example of what identity-based policies allow within a scope, except in `besides`; None if nothing.

    For "any repository other than this one", `within` is all repositories and `besides` is this one. A certain
    example is preferred. Context keys that are not given may have any value. Raises Undecidable if the patterns are
    too complex.
    """
    every = [*policies, *(boundary or ())]
    blocks = [block for policy in every for block in policy.statements]

    def ask(action: str, resource: str) -> bool:
        request = AccessRequest(action, resource, principal, context or {}, open=True)
        return decide(request, policies, boundary=boundary) is Decision.ALLOWED

    return _best(
        _example(ask, action, resource, principal)
        for action, resource in _names(blocks, within, besides, _known(principal, context))
        if not any(scope.covers(action, resource) for scope in besides)
    )


def lacks(
    policies: Sequence[Policy],
    within: Scope,
    *,
    boundary: Sequence[Policy] | None = None,
    principal: str | None = None,
    context: Mapping[str, Value] | None = None,
) -> Reach | None:
    """An example of what identity-based policies certainly do not allow within a scope; None if nothing."""
    blocks = [block for policy in (*policies, *(boundary or ())) for block in policy.statements]
    for action, resource in _names(blocks, within, (), _known(principal, context)):
        request = AccessRequest(action, resource, principal, context or {}, open=True)
        try:
            decision = decide(request, policies, boundary=boundary)
        except Undecidable:
            continue
        if decision is not Decision.ALLOWED:
            return Reach(action, resource, principal, certain=True)
    return None


EVERYBODY = "*"
"""A guest of `admits`: any principal, including anonymous ones."""


def admits(
    policy: Policy,
    resource: str,
    *,
    guests: Mapping[str, Sequence[str]] | None = None,
    within: Sequence[str] = ("*",),
    context: Mapping[str, Value] | None = None,
) -> Reach | None:
    """An example of access that a resource-based policy allows beyond its `guests`; None if there is none.

    `guests` maps account IDs to the actions (patterns) that each may call: `{"210987654321": PULL}`. The key
    `EVERYBODY` ("*") stands for any principal, including anonymous ones. `within` limits the actions. `resource` is a
    pattern: for a bucket, ask about the bucket and, separately, about its objects (`arn:aws:s3:::name/*`). The
    principals that are evaluated are those that the policy names, principals in each account that it mentions, and
    principals that it does not mention.
    """
    allowed = guests or {}
    scopes = [Scope(tuple(actions)) for actions in allowed.values()]
    pairs = list(_names(policy.statements, Scope(tuple(within), (resource,)), scopes))
    return _best(
        _example(partial(lets, policy, principal, context=context), action, name, principal)
        for principal in _principals(policy, allowed)
        for action, name in pairs
        if not _is_guest(principal, action, allowed)
    )


def _is_guest(principal: str, action: str, guests: Mapping[str, Sequence[str]]) -> bool:
    actions = (*guests.get(account_of(principal) or "", ()), *guests.get(EVERYBODY, ()))
    return any(action_matches(written, action) for written in actions)


def _example(
    ask: Callable[[str, str], bool], action: str, resource: str, principal: str | None
) -> Reach | None:
    """The example, if this action on this resource is allowed or may be; None if it is not."""
    try:
        return Reach(action, resource, principal, certain=True) if ask(action, resource) else None
    except Undecidable:
        return Reach(action, resource, principal, certain=False)


def _best(found: Iterable[Reach | None]) -> Reach | None:
    perhaps = None
    for reach in found:
        if reach and reach.certain:
            return reach
        perhaps = perhaps or reach
    return perhaps


def _known(principal: str | None, context: Mapping[str, Value] | None) -> Lookup:
    return AccessRequest("", "", principal, context or {}, open=True).view.lookup


def _names(
    blocks: Sequence[Statement], within: Scope, besides: Sequence[Scope], known: Lookup = lambda _: None
) -> Iterator[tuple[str, str]]:
    """A pair of action and resource for each equivalence class of the statements and scopes."""
    written = [text for block in blocks for text in block.actions.listed]
    scopes = [text for scope in besides for text in scope.actions]
    resources = cache(lambda patterns: _of_each(patterns, map(wild, within.resources)))
    limits = tuple(wild(text) for scope in besides for text in scope.resources)
    places = tuple(pattern for block in blocks for pattern in _places(block, known))
    for action in _actions([*written, *scopes], within.actions):
        own = (
            text
            for block in blocks
            if covers_action(block, action)
            for text in _resource_patterns(block, known)
        )
        for resource in resources((*dict.fromkeys(own), *limits, *dict.fromkeys(places))):
            yield action, resource


def _actions(written: Sequence[str], within: Sequence[str]) -> list[str]:
    spelt = {text.lower(): text for text in (*written, *within)}
    patterns, limits = list(map(folded, written)), list(map(folded, within))
    names = [limit for limit in limits if not _is_open(limit)]
    found = [*_one_of_each(patterns, names), *_of_each(patterns, filter(_is_open, limits))]
    return [spelt.get(action, action) for action in found]


def _is_open(pattern: str) -> bool:
    return STAR in pattern or ONE in pattern


def _one_of_each(patterns: Sequence[str], names: Iterable[str]) -> list[str]:
    """The first name of each equivalence class: for names without wildcards, no search is needed."""
    found: dict[tuple[bool, ...], str] = {}
    for name in names:
        found.setdefault(tuple(matches(pattern, name) for pattern in patterns), name)
    return list(found.values())


def _of_each(patterns: Sequence[str], within: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for limit in within for text in representatives(patterns, limit)))


def _resource_patterns(block: Statement, known: Lookup) -> Iterator[str]:
    """The patterns of a statement's resources, with wildcards for unknown policy variables."""
    for written in block.resources.listed if block.resources else ():
        filled = fill(whole_arn(written), known if block.variables else None)
        if filled:
            yield filled[0]


_IN_ARNS = {"aws:requestedregion": ("arn:*:*:", ":*:*"), "aws:resourceaccount": ("arn:*:*:*:", ":*")}
"""The text before and after the value of a context key in an ARN."""


def _places(block: Statement, known: Lookup) -> Iterator[str]:
    """The Regions and accounts in the conditions of a statement, as patterns of ARNs."""
    for rule in block.conditions:
        head, tail = _IN_ARNS.get(rule.key.lower(), ("", ""))
        for value in rule.values if head else ():
            filled = fill(value, known if block.variables else None)
            if filled:
                yield f"{wild(head)}{filled[0]}{wild(tail)}"


def _principals(policy: Policy, guests: Iterable[str]) -> list[str]:
    """The principals to evaluate: those in the policy, a role in each account in it, and unrelated ones."""
    named = [pair for block in policy.statements for pair in _named(block.principals)]
    arns, accounts = _mentioned(policy)
    accounts.update(guest for guest in guests if guest != EVERYBODY)
    accounts.update(name for name in map(account_of, (n for _, n in named)) if name)
    stranger = next(number for number in (f"{n:012d}" for n in range(1000)) if number not in accounts)
    somebody = [f"arn:aws:iam::{account}:role/somebody" for account in sorted({*accounts, stranger})]
    names = [name for _, name in named if name != "*"]
    everybody = [*names, *sorted(accounts), *arns, *somebody, ANONYMOUS, "a-stranger.amazonaws.com"]
    return list(dict.fromkeys(everybody))


def _named(principals: Principals | None) -> tuple[tuple[str, str], ...]:
    return principals.listed if principals else ()


def _mentioned(policy: Policy) -> tuple[list[str], set[str]]:
    """The principals and accounts in the conditions, with an example for each ARN that has wildcards."""
    arns: list[str] = []
    accounts: set[str] = set()
    for rule in (rule for block in policy.statements for rule in block.conditions):
        for value in rule.values:
            accounts.update(re.findall(r"(?<!\d)\d{12}(?!\d)", value))
            if rule.key.lower() == "aws:principalarn":
                arns += representatives((), _arn_pattern(value))
            if rule.key.lower() == "aws:principalaccount":
                accounts.add(_account_like(value))
    return [arn for arn in arns if not is_account(arn)], accounts


def _account_like(value: str) -> str:
    """An account ID that matches a pattern."""
    head, *rest = value.replace("?", "0").split("*")
    tail = "".join(rest)
    return head + "0" * (12 - len(head + tail)) + tail


def _arn_pattern(value: str) -> str:
    """A pattern of an ARN, with an account ID in place of a wildcard for the account."""
    fields = wild(value).split(":", 5)
    if len(fields) == 6 and fields[4] == STAR:
        fields[4] = "000000000000"
    return ":".join(fields)
