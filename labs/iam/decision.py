"""Decides whether a request is allowed, by AWS's policy evaluation logic.

An explicit Deny overrides every Allow. A permissions boundary and a session policy limit the permissions. Within one
account, a resource-based policy adds permissions; across accounts, it and the caller's policies must both allow.
Source: "Policy evaluation logic" of the IAM user guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from labs.errors import Undecidable
from labs.iam.condition import Value, View, holds, normalised
from labs.iam.document import Patterns, Policy, Statement
from labs.iam.logic import Truth, all_of, any_of, negated
from labs.iam.pattern import action_matches, fill, fits, whole_arn
from labs.iam.principal import bypasses_boundary, context_of, matches_principal


def covers_action(block: Statement, action: str) -> bool:
    """Whether the Action or NotAction element of a statement covers an action."""
    return (
        any(action_matches(written, action) for written in block.actions.listed) is not block.actions.inverted
    )


class Decision(StrEnum):
    """The outcome of a request, in the words of IAM's policy simulator."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A request for an action on a resource.

    `principal` is an ARN, an account ID, a service or `ANONYMOUS`; None if the caller is not known. The request has
    no context keys but those given. An `open` request may also have others, with any value, and a decision that
    depends on one raises Undecidable; give `()` for a key that it is known not to have.
    """

    action: str
    resource: str = "*"
    principal: str | None = None
    context: Mapping[str, Value] = field(default_factory=dict)
    open: bool = False

    @property
    def view(self) -> View:
        """The known context: the given keys, and those that follow from the principal and the resource."""
        derived = {**context_of(self.principal), **_place_of(self.resource)}
        return View(normalised({**derived, **self.context}), self.open)


def _place_of(resource: str) -> dict[str, Value]:
    """The context keys that follow from an ARN: a request goes to the Region of its resource."""
    fields = resource.split(":", 5)
    if len(fields) < 6:
        return {}
    named = {"aws:RequestedRegion": fields[3], "aws:ResourceAccount": fields[4]}
    return {key: value for key, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """A decision, the statements that determined it, and whether the permissions boundary allows the request."""

    decision: Decision
    matched: tuple[tuple[Policy, Statement], ...]
    within_boundary: bool


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """A request and its known context, which is computed once for all statements."""

    request: AccessRequest
    view: View

    def allowed_by(self, policies: Iterable[Policy], *, as_resource: bool = False) -> Truth:
        return self._any_statement(policies, allows=True, as_resource=as_resource)

    def denied_by(self, policies: Iterable[Policy], *, as_resource: bool = False) -> Truth:
        return self._any_statement(policies, allows=False, as_resource=as_resource)

    def _any_statement(self, policies: Iterable[Policy], *, allows: bool, as_resource: bool) -> Truth:
        return any_of(
            self.is_covered_by(block, as_resource=as_resource)
            for policy in policies
            for block in policy.statements
            if block.allows is allows
        )

    def is_covered_by(self, block: Statement, *, as_resource: bool, delegates: bool = True) -> Truth:
        """Whether a statement covers this request: its principal, action, resource and conditions."""
        if not self._matches_caller(block, as_resource=as_resource, delegates=delegates):
            return False
        if not covers_action(block, self.request.action):
            return False
        return all_of((
            self._on_resource(block.resources, variables=block.variables),
            all_of(holds(rule, self.view, variables=block.variables) for rule in block.conditions),
        ))  # fmt: skip

    def _matches_caller(self, block: Statement, *, as_resource: bool, delegates: bool) -> bool:
        if not as_resource:
            return block.principals is None
        return block.principals is not None and matches_principal(
            block.principals, self.request.principal, delegates=delegates
        )

    def _on_resource(self, patterns: Patterns | None, *, variables: bool) -> Truth:
        if patterns is None:
            return True
        lookup = self.view.lookup if variables else None
        listed = any_of(
            fits(fill(whole_arn(text), lookup), self.request.resource) for text in patterns.listed
        )
        return negated(listed) if patterns.inverted else listed

    def granted_directly(self, policy: Policy) -> Truth:
        """Whether a resource-based policy allows the caller itself; naming its account only delegates to IAM."""
        return any_of(
            self.is_covered_by(block, as_resource=True, delegates=False)
            for block in policy.statements
            if block.allows
        )

    def granted_beyond_boundary(self, policy: Policy) -> Truth:
        return any_of(
            self.is_covered_by(block, as_resource=True)
            for block in policy.statements
            if block.allows and bypasses_boundary(block.principals, self.request.principal)
        )


def explain(
    request: AccessRequest,
    identity: Sequence[Policy] = (),
    *,
    boundary: Sequence[Policy] | None = None,
    session: Sequence[Policy] | None = None,
    resource_policy: Policy | None = None,
    same_account: bool = True,
) -> PolicyVerdict:
    """The decision on a request, with its reasons; takes the arguments of `decide`.

    Raises Undecidable if the decision depends on something unknown.
    """
    case = _Evaluation(request, request.view)
    limits = [limit for limit in (boundary, session) if limit is not None]
    policies = [*identity, *(policy for limit in limits for policy in limit)]
    on_resource = [resource_policy] if resource_policy else []
    within = all_of(case.allowed_by(limit) for limit in limits)
    allowed = all_of((case.allowed_by(identity), within))
    if resource_policy and same_account:
        direct = all_of((case.granted_directly(resource_policy), within))
        allowed = any_of((allowed, direct, case.granted_beyond_boundary(resource_policy)))
    elif not same_account:
        allowed = all_of((allowed, case.allowed_by(on_resource, as_resource=True)))
    denied = any_of((case.denied_by(policies), case.denied_by(on_resource, as_resource=True)))
    decision = _settled(allowed, denied, [*policies, *on_resource], case.view)
    matched = _matched(case, decision, [*identity, *(session or ())], on_resource, boundary or ())
    return PolicyVerdict(decision, matched, boundary is None or case.allowed_by(boundary) is True)


def decide(
    request: AccessRequest,
    identity: Sequence[Policy] = (),
    *,
    boundary: Sequence[Policy] | None = None,
    session: Sequence[Policy] | None = None,
    resource_policy: Policy | None = None,
    same_account: bool = True,
) -> Decision:
    """The decision on a request. Raises Undecidable if it depends on something unknown.

    `identity` holds all policies of the caller: attached, inline and those of its groups. None means that there is
    no boundary or session policy; an empty one allows nothing. With `same_account=False`, the caller is in another
    account than the resource, and both sides must allow the request.
    """
    return explain(
        request,
        identity,
        boundary=boundary,
        session=session,
        resource_policy=resource_policy,
        same_account=same_account,
    ).decision


def _settled(allowed: Truth, denied: Truth, policies: Iterable[Policy], view: View) -> Decision:
    if denied:
        return Decision.EXPLICIT_DENY
    if allowed is False:
        return Decision.IMPLICIT_DENY
    if allowed and denied is False:
        return Decision.ALLOWED
    unknown = sorted(
        key for key in frozenset().union(*(p.keys for p in policies)) if view.lookup(key) is None
    )
    depends_on = ", ".join(unknown) or "an operator or a variable that is not supported"
    raise Undecidable(f"a condition depends on {depends_on}")


def _matched(
    case: _Evaluation,
    decision: Decision,
    identity: list[Policy],
    on_resource: list[Policy],
    boundary: Sequence[Policy],
) -> tuple[tuple[Policy, Statement], ...]:
    """The statements that determined the decision: the Allows of an allowed request, the Denies of a denied one."""
    if decision is Decision.IMPLICIT_DENY:
        return ()
    allows = decision is Decision.ALLOWED
    sides = [(policy, False) for policy in (*identity, *(() if allows else boundary))]
    sides += [(policy, True) for policy in on_resource]
    return tuple(
        (policy, block)
        for policy, as_resource in sides
        for block in policy.statements
        if block.allows is allows and case.is_covered_by(block, as_resource=as_resource)
    )


def lets(
    policy: Policy,
    principal: str,
    action: str,
    resource: str = "*",
    *,
    context: Mapping[str, Value] | None = None,
) -> bool:
    """Whether a resource-based policy allows a principal an action, regardless of the principal's own policies.

    An account ID stands for the account as a whole. Raises Undecidable if the answer depends on a context key that is
    not given.
    """
    request = AccessRequest(action, resource, principal, context or {}, open=True)
    case = _Evaluation(request, request.view)
    allowed = case.allowed_by([policy], as_resource=True)
    denied = case.denied_by([policy], as_resource=True)
    return _settled(allowed, denied, [policy], case.view) is Decision.ALLOWED


def trusts(policy: Policy, service: str, context: Mapping[str, Value] | None = None) -> bool:
    """Whether a role's trust policy allows an AWS service (`ecs-tasks.amazonaws.com`) to assume the role.

    `context` holds the keys that the service sends, such as `aws:SourceAccount`. Raises Undecidable if the answer
    depends on another key.
    """
    return lets(policy, service, "sts:AssumeRole", context=context)
