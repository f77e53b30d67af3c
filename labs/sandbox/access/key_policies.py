"""KMS key policies: refuses a policy that locks out the caller who sets it."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError

from labs.iam import AccessRequest, Decision, Policy, PolicyError, Undecidable, decide
from labs.sandbox.access.sts import caller
from labs.sandbox.extend import Stock, operation

_WHY = "moto takes a key policy that lets nobody change it any more"
_LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


@operation("kms", "PutKeyPolicy", _WHY)
def put_key_policy(response: Any, stock: Stock) -> Any:
    """Sets the policy, unless the caller could not set it again."""
    _refuse_lockout(response)
    return stock()


@operation("kms", "CreateKey", _WHY)
def create_key(response: Any, stock: Stock) -> Any:
    """Creates the key; a given policy is validated as by PutKeyPolicy."""
    _refuse_lockout(response)
    return stock()


def _refuse_lockout(response: Any) -> None:
    text = response._get_param("Policy")
    if text and not response._get_param("BypassPolicyLockoutSafetyCheck") and not _admits(response, text):
        raise JsonRESTError("MalformedPolicyDocumentException", _LOCKED_OUT)


def _admits(response: Any, text: str) -> bool:
    """Whether the policy allows the caller to change it: by name, or by the account and the caller's own policies."""
    account = response.current_account
    who = caller(account, response.access_key)
    request = AccessRequest("kms:PutKeyPolicy", f"arn:aws:kms:{response.region}:{account}:key/it", who.arn)
    try:
        policy = Policy.parse(text)
        by_name = decide(request, (), resource_policy=policy)
        by_account = decide(
            request,
            who.policies,
            boundary=who.boundary,
            session=who.session,
            resource_policy=policy,
            same_account=False,
        )
    except (PolicyError, Undecidable):
        return True
    return Decision.ALLOWED in {by_name, by_account}
