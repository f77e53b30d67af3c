"""The permissions that the policies of a role grant, for objectives such as "this and nothing else"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from labs.sdk import CannotTell, iam

if TYPE_CHECKING:
    from labs.iam.document import Patterns

_OWN_CALL: Mapping[str, str | bool | tuple[str, ...]] = {
    "aws:SecureTransport": True,
    "aws:ViaAWSService": False,
    "aws:CalledVia": (),
    "kms:ViaService": (),
}
"""The context of a call that the role makes itself, not through another service."""


class Granted(msgspec.Struct, frozen=True):
    """All policies of a role, attached and inline; `boundary` is None if it has no permissions boundary."""

    role_arn: str
    policies: tuple[iam.Policy, ...]
    boundary: tuple[iam.Policy, ...] | None
    tags: Mapping[str, str] = {}

    def beyond(self, within: iam.Scope, *besides: iam.Scope) -> iam.Reach | None:
        """An example of a permission within a scope, except in `besides`; None if there is none."""
        return self._asked(partial(iam.reaches, besides=besides), within)

    def short_of(self, within: iam.Scope) -> iam.Reach | None:
        """An example within a scope for which there is certainly no permission; None if there is none."""
        return self._asked(iam.lacks, within)

    def _asked(self, question: Callable[..., iam.Reach | None], within: iam.Scope) -> iam.Reach | None:
        own = {f"aws:PrincipalTag/{key}": value for key, value in self.tags.items()}
        context = {**_OWN_CALL, **own}
        try:
            return question(
                self.policies, within, boundary=self.boundary, principal=self.role_arn, context=context
            )
        except iam.Undecidable as error:
            raise CannotTell(f"cannot evaluate the policies of {self._role}: {error}") from error

    def reach_text(self, reach: iam.Reach) -> str:
        """The statement that grants an example, as text: "policy data allows reader to call s3:* on *"."""
        condition = "" if reach.certain else ", under a condition"
        for policy in self.policies:
            for block in policy.statements:
                action = _written(block.actions, "Action", reach)
                resource = block.resources and _written(block.resources, "Resource", reach)
                if block.allows and action and resource:
                    return (
                        f"policy {policy.name} allows {self._role} to call {action} on {resource}{condition}"
                    )
        return f"the policies of {self._role} allow {reach.action} on {reach.resource}{condition}"

    @property
    def _role(self) -> str:
        return self.role_arn.rpartition("/")[2]


def _written(patterns: Patterns, element: str, reach: iam.Reach) -> str:
    """The pattern of a policy element that covers an example, as written; empty if none does."""
    if patterns.inverted:
        return f"Not{element} {', '.join(patterns.listed)}"
    for text in patterns.listed:
        scope = iam.Scope((text,)) if element == "Action" else iam.Scope(("*",), (text,))
        if scope.covers(reach.action, reach.resource):
            return text
    return ""
