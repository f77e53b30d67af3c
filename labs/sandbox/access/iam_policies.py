"""AWS managed policies, which exist in every account, and validation of trust policies.

Service-linked roles have the same names as on AWS.

moto parses all 1,600 AWS managed policies for each of six partitions at every reset, unless they are disabled.
Here they are parsed once, on first use; an account has copies only of those that it attaches or tags.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any

from labs.iam import Malformed, Policy
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute, together
from labs.sandbox.source import documented, recorded

if TYPE_CHECKING:
    from moto.iam.models import AWSManagedPolicy, IAMBackend


@cache
def _originals() -> tuple[AWSManagedPolicy, ...]:
    """AWS managed policies, parsed; these objects are never modified."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy

    contents = json.loads(aws_managed_policies_data).items()
    return tuple(AWSManagedPolicy.from_data(name, "aws", "aws", content) for name, content in contents)


def _copied(original: AWSManagedPolicy, account: str) -> AWSManagedPolicy:
    """A copy with its own attachment count."""
    policy = copy.copy(original)
    policy.account_id = account
    policy.tags, policy.versions = {}, list(original.versions)
    return policy


class _AwsPolicies:
    """AWS managed policies as one account sees them."""

    def __init__(self, backend: IAMBackend) -> None:
        self._backend = backend

    def __iter__(self) -> Iterator[Any]:
        return (policy for policy in self._backend.managed_policies.values() if policy.arn in _by_arn())

    def __add__(self, others: list[Any]) -> list[Any]:
        return [*self, *others]


@cache
def _by_arn() -> dict[str, AWSManagedPolicy]:
    return {policy.arn: policy for policy in _originals()}


class _Policies(MutableMapping[str, Any]):
    """The managed policies of an account by ARN. AWS's are shared by all accounts until one modifies them."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._own: dict[str, Any] = {}

    def __getitem__(self, arn: str) -> Any:
        if arn not in self._own and arn in _by_arn():
            self._own[arn] = _copied(_by_arn()[arn], self._account)
        return self._own[arn]

    def __setitem__(self, arn: str, policy: Any) -> None:
        self._own[arn] = policy

    def __delitem__(self, arn: str) -> None:
        del self._own[arn]

    def __contains__(self, arn: object) -> bool:
        return arn in self._own or arn in _by_arn()

    def __iter__(self) -> Iterator[str]:
        yield from _by_arn()
        yield from (arn for arn in self._own if arn not in _by_arn())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def values(self) -> Any:
        """All policies, for reading; unmodified AWS managed policies are shared, not copied."""
        return [self._own.get(arn) or _by_arn()[arn] for arn in self]


@patch(
    "iam:managed-policies",
    "moto has AWS's own policies only on demand, and then takes seconds at each reset",
    documented("aws-managed-policy/latest/reference/about-managed-policy-reference.html"),
)
def _managed_policies() -> Undo:
    from moto.iam.models import AWSManagedPolicy, IAMBackend

    def all_policies(backend: IAMBackend) -> Any:
        # A partition is the "region" of IAM; only one of them is ever used here.
        return _Policies(backend.account_id) if backend.region_name == "aws" else {}

    return together(
        set_attribute(IAMBackend, "_init_aws_policies", lambda backend: _AwsPolicies(backend)),
        set_attribute(IAMBackend, "_init_managed_policies", all_policies),
        set_attribute(AWSManagedPolicy, "attach_to", _on_own_copy(AWSManagedPolicy.attach_to)),
        set_attribute(AWSManagedPolicy, "detach_from", _on_own_copy(AWSManagedPolicy.detach_from)),
    )


def _on_own_copy(stock: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Attaches or detaches the copy of a policy in the account of the user, group or role."""

    def change(policy: Any, owner: Any) -> None:
        from moto.iam.models import iam_backends

        stock(iam_backends[owner.account_id]["aws"].managed_policies[policy.arn], owner)

    return change


@operation("iam", "CreateRole", "moto takes any text for a trust policy")
def create_role(response: Any, stock: Stock) -> Any:
    """Refuses a malformed trust policy."""
    _refuse_if_no_trust_policy(response._get_param("AssumeRolePolicyDocument"))
    return stock()


@operation("iam", "UpdateAssumeRolePolicy", "moto takes a trust policy that names nobody")
def update_assume_role_policy(response: Any, stock: Stock) -> Any:
    """Refuses a malformed trust policy, after checking that the role exists."""
    response.backend.get_role(response._get_param("RoleName"))
    _refuse_if_no_trust_policy(response._get_param("PolicyDocument"))
    return stock()


_SERVICES = {"ecs": "ECS", "elasticloadbalancing": "ElasticLoadBalancing", "spot": "EC2Spot"}
"""The names of services in their service-linked roles (`AWSServiceRoleForECS`) that moto does not know."""


@patch(
    "iam:service-linked roles",
    "moto names the roles of most services by their lower-case domain",
    documented("AmazonECS/latest/developerguide/using-service-linked-roles.html"),
)
def _name_services_as_aws_does() -> Undo:
    from moto.iam import models

    known = {**models.SERVICE_NAME_CONVERSION, **_SERVICES}
    return set_attribute(models, "SERVICE_NAME_CONVERSION", known)


@operation("iam", "CreateServiceLinkedRole", "moto says that it is there already in other words")
def create_service_linked_role(response: Any, stock: Stock) -> Any:  # noqa: ARG001 - moto's own does the rest
    """Creates the role, or refuses with the message in Rayraegah/terraform-aws-hasura#17 if it exists."""
    from moto.iam.exceptions import EntityAlreadyExists, InvalidInput

    try:
        return stock()
    except EntityAlreadyExists as error:
        name = next(word for word in str(error).split() if word.startswith("AWSServiceRole"))
        raise InvalidInput(
            f"Service role name {name} has been taken in this account, please try a different suffix."
        ) from None


@patch(
    "iam:boundary type",
    "moto says PermissionsBoundaryPolicy, as the API reference does, where IAM says Policy",
    recorded("iam:GetRole"),
)
def _say_type_of_boundary() -> Undo:
    from moto.iam.models import Role

    def boundary(role: Role) -> dict[str, str] | None:
        arn = role.permissions_boundary_arn
        return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None

    return set_attribute(Role, "permissions_boundary", property(boundary))


@patch("iam:missing role", "moto says it in words of its own", recorded("iam:GetRole"))
def _say_that_role_is_missing() -> Undo:
    from moto.iam.exceptions import NotFoundException
    from moto.iam.models import IAMBackend

    stock = IAMBackend.get_role

    def get_role(backend: IAMBackend, role_name: str) -> Any:
        try:
            return stock(backend, role_name)
        except NotFoundException:
            raise NotFoundException(f"The role with name {role_name} cannot be found.") from None

    return set_attribute(IAMBackend, "get_role", get_role)


def _refuse_if_no_trust_policy(document: str) -> None:
    from moto.iam.exceptions import MalformedPolicyDocument

    try:
        json.loads(document)
    except ValueError:
        raise MalformedPolicyDocument("This policy contains invalid Json") from None
    try:
        policy = Policy.parse(document)
    except Malformed as error:
        raise MalformedPolicyDocument(f"Syntax errors in policy: {error}.") from error
    for block in policy.statements:
        if block.resources is not None:
            raise MalformedPolicyDocument("Has prohibited field Resource")
        if not all(action == "*" or action.lower().startswith("sts:") for action in block.actions.listed):
            raise MalformedPolicyDocument("AssumeRole policy may only specify STS AssumeRole actions.")


@patch(
    "iam:policy-version",
    "moto refuses trust and inline policies without a version or with 2008-10-17, which IAM takes",
    documented("IAM/latest/UserGuide/reference_policies_elements_version.html"),
)
def _take_older_versions() -> Undo:
    """Managed policies still need 2012-10-17: "Policy document must be version 2012-10-17 or greater."."""
    from moto.iam.models import IAMBackend
    from moto.iam.policy_validation import BaseIAMPolicyValidator

    return together(
        set_attribute(BaseIAMPolicyValidator, "_validate_version", lambda _: None),
        set_attribute(IAMBackend, "create_policy", _of_this_version(IAMBackend.create_policy, 2)),
        set_attribute(
            IAMBackend, "create_policy_version", _of_this_version(IAMBackend.create_policy_version, 1)
        ),
    )


def _of_this_version(stock: Callable[..., Any], position: int) -> Callable[..., Any]:
    """A method that validates the document of a managed policy, its argument at `position`."""

    def take(backend: IAMBackend, *arguments: Any, **named: Any) -> Any:
        from moto.iam.exceptions import MalformedPolicyDocument
        from moto.iam.policy_validation import IAMPolicyDocumentValidator

        document = named["policy_document"] if named else arguments[position]
        IAMPolicyDocumentValidator(document).validate()
        if json.loads(document).get("Version") != "2012-10-17":
            raise MalformedPolicyDocument("Policy document must be version 2012-10-17 or greater.")
        return stock(backend, *arguments, **named)

    return take
