"""IAM's policy simulation, answered by `labs.iam`.

Source: SimulatePrincipalPolicy and SimulateCustomPolicy of the IAM API reference.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from labs.iam import AccessRequest, Malformed, Policy, PolicyVerdict, Statement, Undecidable, explain
from labs.sandbox.access.policy_source import BOUNDARY, RESOURCE, AttachedPolicy
from labs.sandbox.extend import Stock, operation
from labs.sandbox.source import recorded

MAX_ITEMS = 1000
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(user|group|role)/.+")


@dataclass(frozen=True, slots=True)
class SimulatedCalls:
    """The inputs of a simulation."""

    sources: tuple[AttachedPolicy, ...]
    boundary: tuple[AttachedPolicy, ...] | None
    resource_policy: AttachedPolicy | None
    caller: str | None
    context: dict[str, tuple[str, ...]]
    same_account: bool = True

    @property
    def all_sources(self) -> tuple[AttachedPolicy, ...]:
        """All policies of the simulation."""
        return (
            *self.sources,
            *(self.boundary or ()),
            *([self.resource_policy] if self.resource_policy else ()),
        )

    def request(self, action: str, resource: str) -> AccessRequest:
        """One request, as the caller would send it."""
        return AccessRequest(action, resource, self.caller, self.context)

    def verdict(self, action: str, resource: str) -> PolicyVerdict:
        """The decision on an action and a resource."""
        return explain(
            self.request(action, resource),
            [source.policy for source in self.sources],
            boundary=None if self.boundary is None else [source.policy for source in self.boundary],
            resource_policy=self.resource_policy.policy if self.resource_policy else None,
            same_account=self.same_account,
        )


@operation(
    "iam",
    "SimulatePrincipalPolicy",
    "moto answers 501 to every simulation",
    recorded("iam:SimulatePrincipalPolicy"),
)
def simulate_principal_policy(response: Any, stock: Stock) -> Any:  # noqa: ARG001 - moto has nothing to run
    """Simulates requests with the policies of a user, group or role."""
    parameters = response.params
    arn = parameters["PolicySourceArn"]
    kind, owner = _principal(response.backend, arn)
    exclusions = parameters.get("PolicyExclusionList") or []
    held = [*_held(response.backend, kind, owner), *_own_boundary(response.backend, owner)]
    left = [source for source in held if not any(_excludes(entry, source) for entry in exclusions)]
    own = tuple(source for source in left if source.kind == BOUNDARY)
    boundary = _inputs(parameters, "PermissionsBoundaryPolicyInputList") or own or None
    sources = [source for source in left if source.kind != BOUNDARY]
    sources += _inputs(parameters, "PolicyInputList") or ()
    return _simulated(parameters, tuple(sources), boundary, parameters.get("CallerArn") or arn)


@operation("iam", "SimulateCustomPolicy", "moto answers 501 to every simulation")
def simulate_custom_policy(response: Any, stock: Stock) -> Any:  # noqa: ARG001 - moto has nothing to run
    """Simulates requests with the given policies."""
    parameters = response.params
    boundary = _inputs(parameters, "PermissionsBoundaryPolicyInputList")
    caller = parameters.get("CallerArn")
    if parameters.get("ResourcePolicy") and not caller:
        raise _invalid("CallerArn is needed where a resource policy is simulated.")
    return _simulated(parameters, _inputs(parameters, "PolicyInputList") or (), boundary, caller)


def _simulated(
    parameters: Any,
    sources: tuple[AttachedPolicy, ...],
    boundary: tuple[AttachedPolicy, ...] | None,
    caller: str | None,
) -> Any:
    """The requested page of results."""
    from moto.core.responses import ActionResult

    if caller and not _PRINCIPAL.fullmatch(caller):
        raise _invalid(f"Invalid CallerArn: {caller} is no user, group or role.")
    if boundary and len(boundary) > 1:
        raise _invalid("Only one permissions boundary can be simulated.")
    document = parameters.get("ResourcePolicy")
    simulation = SimulatedCalls(
        sources,
        boundary,
        _source(document, "ResourcePolicy", RESOURCE, ("ResourcePolicy",)) if document else None,
        caller,
        {
            e["ContextKeyName"]: tuple(e.get("ContextKeyValues") or ())
            for e in parameters.get("ContextEntries") or []
        },
        _account(parameters.get("ResourceOwner")) in ("", _account(caller)),
    )
    resources = parameters.get("ResourceArns") or []
    pairs = [(action, resource) for action in _actions(parameters) for resource in _resources(resources)]
    page, marker = _page(pairs, parameters.get("Marker"), parameters.get("MaxItems"))
    results = [_result(simulation, action, resource, listed=bool(resources)) for action, resource in page]
    return ActionResult({"EvaluationResults": results, "IsTruncated": marker is not None, "Marker": marker})


def _result(simulation: SimulatedCalls, action: str, resource: str, *, listed: bool) -> dict[str, Any]:
    """One result in IAM's words. If resources were listed, missing context keys are reported with the resource."""
    try:
        verdict = simulation.verdict(action, resource)
    except Undecidable as error:
        raise _refusal("PolicyEvaluation", f"{error}.") from error
    matched = [_matched(simulation, policy, block) for policy, block in verdict.matched]
    missing = _missing(simulation, action, resource)
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": verdict.decision.value,
        "MatchedStatements": matched,
        "MissingContextValues": [] if listed else missing,
    }
    if simulation.boundary is not None:
        detail = {"AllowedByPermissionsBoundary": verdict.within_boundary}
        result["PermissionsBoundaryDecisionDetail"] = detail
    if listed:
        specific = {
            "EvalResourceName": resource,
            "EvalResourceDecision": verdict.decision.value,
            "MatchedStatements": matched,
            "MissingContextValues": missing,
        }
        result["ResourceSpecificResults"] = [specific]
    return result


def _matched(simulation: SimulatedCalls, policy: Policy, statement: Statement) -> dict[str, Any]:
    source = next(source for source in simulation.all_sources if source.policy is policy)
    number = next(number for number, each in enumerate(policy.statements) if each is statement)
    return source.matched(number)


def _missing(simulation: SimulatedCalls, action: str, resource: str) -> list[str]:
    """The context keys that the policies use and the simulation was not given."""
    known = simulation.request(action, resource).view.known
    asked = {
        rule.key.lower(): rule.key
        for source in simulation.all_sources
        for block in source.policy.statements
        for rule in block.conditions
    }
    return sorted(spelt for key, spelt in asked.items() if key not in known)


def _principal(backend: Any, arn: str) -> tuple[str, Any]:
    """The type of a principal, and moto's object for it."""
    found = _PRINCIPAL.fullmatch(arn)
    if found is None:
        raise _invalid(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    kind = found[1]
    owners = {"user": backend.users, "group": backend.groups, "role": backend.roles}[kind].values()
    owner = next((owner for owner in owners if owner.arn == arn), None)
    if owner is None:
        raise _refusal("NoSuchEntity", "Unable to retrieve specified IAM entity.")
    return kind, owner


def _held(backend: Any, kind: str, owner: Any) -> Iterator[AttachedPolicy]:
    """The inline and attached policies of a principal, including those of a user's groups."""
    for name, document in owner.policies.items():
        label = f"{kind}_{owner.name}_{name}"
        yield _source(document, label, kind, (kind, owner.name, name))
    for policy in owner.managed_policies.values():
        yield _managed(policy)
    if kind == "user":
        for group in backend.get_groups_for_user(owner.name):
            yield from _held(backend, "group", group)


def _managed(policy: Any) -> AttachedPolicy:
    kind = "aws-managed" if ":iam::aws:" in policy.arn else "user-managed"
    document = next(version.document for version in policy.versions if version.is_default)
    return _source(document, policy.name, kind, (policy.arn,))


def _own_boundary(backend: Any, owner: Any) -> Iterator[AttachedPolicy]:
    """The permissions boundary of a principal; moto stores those of roles only. A deleted one allows nothing."""
    arn = getattr(owner, "permissions_boundary_arn", None)
    policy = backend.managed_policies.get(arn) if arn else None
    if policy:
        yield replace(_managed(policy), kind=BOUNDARY)
    elif arn:
        yield AttachedPolicy(Policy((), arn), BOUNDARY, (arn,))


def _excludes(entry: Any, source: AttachedPolicy) -> bool:
    """Whether an entry of PolicyExclusionList names a policy, by its type, ARN or owner."""
    if entry.get("PolicyType"):
        inline = "inline" if source.kind in ("user", "group", "role") else source.kind
        return bool(entry["PolicyType"] == inline)
    if entry.get("PolicyArn"):
        return fnmatchcase(source.place[0], entry["PolicyArn"])
    inline = entry["InlinePolicyIdentifier"]
    named = (inline["AttachmentType"], inline["AttachmentName"], inline["PolicyName"])
    return len(source.place) == 3 and all(map(fnmatchcase, source.place, named))


def _inputs(parameters: Any, name: str) -> tuple[AttachedPolicy, ...] | None:
    """The policies of an input list; None if none was given."""
    documents: Sequence[str] | None = parameters.get(name)
    if not documents:
        return None
    labels = (f"{name}.{number}" for number in range(1, len(documents) + 1))
    return tuple(
        _source(text, label, "none", (label,)) for text, label in zip(documents, labels, strict=True)
    )


def _source(document: str, label: str, kind: str, place: tuple[str, ...]) -> AttachedPolicy:
    try:
        policy = Policy.parse(document, label)
    except Malformed as error:
        raise _invalid(f"Invalid policy document {label}: {error}.") from error
    return AttachedPolicy(policy, kind, place, document if isinstance(document, str) else "")


def _actions(parameters: Any) -> list[str]:
    actions: list[str] = parameters["ActionNames"]
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise _invalid(f"Invalid Entity Action: {action}.")
    return actions


def _resources(arns: Iterable[str]) -> list[str]:
    for arn in arns:
        if arn != "*" and not _ARN.fullmatch(arn):
            raise _invalid(f"Invalid Resource ARN: {arn}.")
    return [*arns] or ["*"]


def _page(
    pairs: list[tuple[str, str]], marker: str | None, size: int | None
) -> tuple[list[tuple[str, str]], str | None]:
    """The results from a marker on, and the marker of the next page."""
    if size is not None and not 1 <= size <= MAX_ITEMS:
        raise _refusal("ValidationError", f"MaxItems must be between 1 and {MAX_ITEMS}.")
    start = _offset(marker) if marker else 0
    end = start + (size or 100)
    return pairs[start:end], base64.b64encode(f"from:{end}".encode()).decode() if end < len(pairs) else None


def _offset(marker: str) -> int:
    try:
        found = re.fullmatch(rb"from:(\d+)", base64.b64decode(marker, validate=True))
    except (binascii.Error, ValueError):
        found = None
    if found is None:
        raise _refusal("ValidationError", f"Invalid Marker: {marker}.")
    return int(found[1])


def _account(arn: str | None) -> str:
    fields = (arn or "").split(":")
    return fields[4] if len(fields) > 5 else arn or ""


def _invalid(message: str) -> Exception:
    return _refusal("InvalidInput", message)


def _refusal(code: str, message: str) -> Exception:
    from moto.iam.exceptions import IAMException

    refusal: Exception = IAMException(code, message)
    return refusal
