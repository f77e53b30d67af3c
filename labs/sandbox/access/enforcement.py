"""Enforcement of IAM: access keys of users and of assumed roles are limited to what their policies allow.

Keys that IAM did not issue belong to an administrator, as everywhere in the sandbox. `labs.iam` evaluates identity
policies, the permissions boundary of a role, and the session policy. Resource policies and policies of organizations
are not considered, and passing a role needs no permission.

A refusal changes nothing and is not journaled, so a world can be continued with or without enforcement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from labs.iam import AccessRequest as Question
from labs.iam import Decision, Policy, Undecidable, decide
from labs.sandbox.access.enforced_requests import RequiredAccess, required_access
from labs.sandbox.access.sts import Caller, caller
from labs.sandbox.faults import HttpAnswer, fault
from labs.sandbox.world import clock
from labs.sandbox.world.journal import RecordedRequest

WITHOUT_PERMISSION = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""Operations that any caller with keys can call, even despite a Deny."""

DECIDED_BY_TRUST_POLICY = frozenset({"sts:AssumeRole"})
"""Operations that are authorized by the trust policy of the role."""


@dataclass(frozen=True, slots=True)
class _Denial:
    """The reason of a refusal, in AWS's words."""

    by: str
    explicit: bool

    def explanation(self, action: str) -> str:
        if self.explicit:
            article = "an" if self.by.startswith("identity") else "a"
            return f"with an explicit deny in {article} {self.by}"
        return f"because no {self.by} allows the {action} action"


def refusal(request: RecordedRequest) -> HttpAnswer | None:
    """AWS's refusal of a request; None if the request is allowed or unsigned."""
    asked = required_access(request)
    if asked is None or asked.action in WITHOUT_PERMISSION | DECIDED_BY_TRUST_POLICY:
        return None
    who = caller(asked.account, asked.access_key)
    if who.administrator:
        return None
    demands = [(asked.action, resource) for resource in asked.resources or (None,)]
    for action, resource in [*demands, *((other, None) for other in asked.others)]:
        demand = replace(asked, action=action)
        denial = _denial(who, demand, resource)
        if denial:
            return _refused(request, demand, who, resource, denial)
    return None


def _denial(who: Caller, asked: RequiredAccess, resource: str | None) -> _Denial | None:
    """The reason to deny a request on a resource (None: unknown resource); None if it is allowed."""
    sides: list[tuple[str, Sequence[Policy]]] = [("identity-based policy", who.policies)]
    if who.boundary is not None:
        sides.append(("permissions boundary", who.boundary))
    if who.session is not None:
        sides.append(("session policy", who.session))
    question = Question(asked.action, resource or "*", who.arn, _context(asked, clock.now()))
    decisions = [(name, _decided(question, policies, resource)) for name, policies in sides]
    for decision in (Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY):
        for name, found in decisions:
            if found is decision:
                return _Denial(name, explicit=decision is Decision.EXPLICIT_DENY)
    return None


def _decided(question: Question, policies: Sequence[Policy], resource: str | None) -> Decision:
    """The decision of the policies; an undecidable request is not allowed."""
    try:
        return decide(question, policies if resource else list(_of_any_resource(policies)))
    except Undecidable:
        return Decision.IMPLICIT_DENY


def _of_any_resource(policies: Iterable[Policy]) -> Iterable[Policy]:
    """The policies for an unknown resource: every Allow applies to it, and only a Deny on all resources."""
    for policy in policies:
        yield replace(
            policy,
            statements=tuple(
                replace(block, resources=None)
                for block in policy.statements
                if block.allows or (block.resources and block.resources.listed == ("*",))
            ),
        )


def _context(asked: RequiredAccess, now: datetime) -> dict[str, str]:
    """The context keys of a request."""
    return {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:RequestedRegion": asked.region,
        "aws:SecureTransport": "true",
        "aws:SourceIp": "127.0.0.1",
        **asked.context,
    }


def _refused(
    request: RecordedRequest, asked: RequiredAccess, who: Caller, resource: str | None, why: _Denial
) -> HttpAnswer:
    on = f" on resource: {resource}" if resource else ""
    message = (
        f"User: {who.arn} is not authorized to perform: {asked.action}{on} {why.explanation(asked.action)}"
    )
    match asked.protocol:
        case "ec2":
            message = f"You are not authorized to perform this operation. {message}"
            return fault(request, 403, "UnauthorizedOperation", message)
        case "json":
            return fault(request, 400, "AccessDeniedException", message)
        case "rest-json":
            return fault(request, 403, "AccessDeniedException", message)
        case _:
            return fault(request, 403, "AccessDenied", message)
