"""The permissions of a role: IAM's policy simulation, and our own evaluation where the simulation is incomplete."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from labs.sdk import Account, CannotTell, iam

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef, EvaluationResultTypeDef, RoleTypeDef

    from labs.sdk.least_privilege import Granted

Context = Mapping[str, str]

_NEVER_SENT = ("aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "sts:ExternalId", "aws:CalledVia")
"""Context keys that are absent from requests that a service makes with the credentials of a role."""
_TAGS_OF_THE_RESOURCE = re.compile("[a-z0-9-]+:re(source|quest)tag/")
_OF_A_TAGGING = ("ecs:createaction", "ec2:createaction")
"""Context keys that only requests with tags have."""
_NUMBERS = ("ec2:VolumeSize",)
_TAGS_OF_THE_ROLE = "aws:principaltag/"


class Target(msgspec.Struct, frozen=True):
    """A resource, with the properties that a simulation of the role's policies needs to be given.

    `policy` is the resource-based policy, which applies within its account; `tags` is None if the tags are not known.
    """

    arn: str = "*"
    policy: iam.Policy | None = None
    tags: Mapping[str, str] | None = None
    service: str = ""

    @property
    def context(self) -> dict[str, str]:
        """The tags as context keys (`aws:ResourceTag/NAME`)."""
        prefixes = ("aws", *([self.service] if self.service else []))
        return {
            f"{prefix}:ResourceTag/{key}": value
            for prefix in prefixes
            for key, value in (self.tags or {}).items()
        }


class Simulation(msgspec.Struct, frozen=True):
    """The simulation of requests that a role makes on one resource."""

    account: Account
    role: RoleTypeDef
    target: Target
    context: Context
    granted: Callable[[], Granted]

    @property
    def known(self) -> Context:
        """The known context keys of the requests."""
        return {**_usual_context(self.account, self.role), **self.target.context, **self.context}

    def denied(self, actions: Sequence[str]) -> list[str]:
        """The actions that the role is not allowed to call."""
        results = list(self._results(actions))
        denied = [result for result in results if self._is_denied(result)]
        unanswered = set(actions) - {result["EvalActionName"] for result in results}
        if unanswered and not denied:
            names = ", ".join(sorted(unanswered))
            raise CannotTell(f"IAM returned no decision for {self.role['RoleName']} on {names}")
        return [result["EvalActionName"] for result in denied]

    def _results(self, actions: Sequence[str]) -> Iterator[EvaluationResultTypeDef]:
        pages = self.account.iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=self.role["Arn"],
            ActionNames=actions,
            ResourceArns=[self.target.arn],
            ContextEntries=_entries(self.known),
        )
        for page in pages:
            yield from page["EvaluationResults"]

    def _is_denied(self, result: EvaluationResultTypeDef) -> bool:
        action = result["EvalActionName"]
        missing = _missing(result)
        if result["EvalDecision"] == "allowed":
            return self.denied_by_the_resource(action) or self._denied_by_what_is_missing(action, missing)
        if _by_the_organization(result):
            raise CannotTell(
                f"according to IAM's simulation, a policy of the organization does not allow "
                f"{self.role['RoleName']} to call {action}"
            )
        if self.target.policy is None and not missing:
            return True
        return self._decided(action, self._context(action, missing)) is not iam.Decision.ALLOWED

    def _denied_by_what_is_missing(self, action: str, missing: Sequence[str]) -> bool:
        """Whether a Deny that the simulation skipped, because a key was not given, applies to the real request."""
        sent = any(key not in self._absent(action, missing) for key in missing)
        return sent and self._decided(action, self._context(action, missing)) is iam.Decision.EXPLICIT_DENY

    def denied_by_the_resource(self, action: str) -> bool:
        """Whether the resource's own policy denies an action. Raises CannotTell if that depends on an unknown key."""
        policy = self.target.policy
        if policy is None:
            return False
        request = iam.AccessRequest(
            action, self.target.arn, self.role["Arn"], self._context(action), open=True
        )
        try:
            found = iam.decide(request, [_allow_all()], resource_policy=policy)
        except iam.Undecidable as error:
            raise self._undecided(action, error) from error
        return found is iam.Decision.EXPLICIT_DENY

    def _decided(self, action: str, context: Mapping[str, str | tuple[str, ...]]) -> iam.Decision:
        """Our own decision by the policies. Raises CannotTell if it depends on an unknown key."""
        granted = self.granted()
        request = iam.AccessRequest(action, self.target.arn, self.role["Arn"], context, open=True)
        try:
            return iam.decide(
                request, granted.policies, boundary=granted.boundary, resource_policy=self.target.policy
            )
        except iam.Undecidable as error:
            raise self._undecided(action, error) from error

    def _undecided(self, action: str, error: iam.Undecidable) -> CannotTell:
        return CannotTell(f"cannot tell whether {self.role['RoleName']} is allowed to call {action}: {error}")

    def _context(self, action: str, missing: Iterable[str] = ()) -> dict[str, str | tuple[str, ...]]:
        """The known context of the request, including the missing keys that it certainly does not have."""
        absent = dict.fromkeys([*_NEVER_SENT, *self._absent(action, missing)], ())
        # The service calls AWS itself, with credentials that it renews.
        own = {"aws:ViaAWSService": "false", "aws:TokenIssueTime": self.account.now.isoformat()}
        return {**absent, **own, **times(self.account), **self.known}

    def _absent(self, action: str, missing: Iterable[str]) -> list[str]:
        """The missing keys that the request certainly does not have."""
        return [key for key in missing if self._is_absent(action, key.lower())]

    def _is_absent(self, action: str, key: str) -> bool:
        if _TAGS_OF_THE_RESOURCE.match(key):
            return self.target.tags is not None
        if key in _OF_A_TAGGING:
            return "tag" not in action.lower()
        return key.startswith(_TAGS_OF_THE_ROLE) or key in map(str.lower, _NEVER_SENT)


@cache
def _allow_all() -> iam.Policy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return iam.Policy.parse({"Version": "2012-10-17", "Statement": statement})


def times(account: Account) -> dict[str, str]:
    """The context keys for the time of the check (`aws:CurrentTime`, `aws:EpochTime`)."""
    return {"aws:CurrentTime": account.now.isoformat(), "aws:EpochTime": str(int(account.now.timestamp()))}


def _by_the_organization(result: EvaluationResultTypeDef) -> bool:
    """Whether a denial may come from the organization alone, because no statement in the account denies."""
    allowed = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
    own = result["EvalDecision"] == "explicitDeny" and result.get("MatchedStatements")
    return not allowed and not own


def _missing(result: EvaluationResultTypeDef) -> list[str]:
    """The context keys that the policies use and the simulation was not given."""
    each = (result, *result.get("ResourceSpecificResults", []))
    return sorted({key for one in each for key in one.get("MissingContextValues", [])})


def _usual_context(account: Account, role: RoleTypeDef) -> dict[str, str]:
    """The context keys of every request that a role of this account makes in this Region."""
    tags = {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in role.get("Tags", [])}
    return {
        "aws:RequestedRegion": account.region,
        "aws:PrincipalAccount": account.id,
        "aws:PrincipalArn": role["Arn"],
        "aws:ResourceAccount": account.id,
        "aws:SecureTransport": "true",
        "s3:ResourceAccount": account.id,
        **tags,
    }


def _entries(context: Context) -> list[ContextEntryTypeDef]:
    return [
        {"ContextKeyName": key, "ContextKeyType": _type_of(key, value), "ContextKeyValues": [value]}
        for key, value in context.items()
    ]


def _type_of(key: str, value: str) -> Literal["boolean", "numeric", "string"]:
    if key in _NUMBERS:
        return "numeric"
    return "boolean" if value in ("true", "false") and "Tag/" not in key else "string"
