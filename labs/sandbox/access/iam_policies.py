"""IAM's policies as AWS keeps them: its own are always there, and a trust policy must be one.

A role that AWS makes for a service has the name that it has at AWS.

moto parses all 1,600 policies of AWS's for each of six partitions at every reset, unless they are switched off.
Here they are parsed once, at the first question, and each reset only makes new copies when it is asked.
"""

from __future__ import annotations

import copy
import json
from collections import UserDict, UserList
from functools import cache
from typing import TYPE_CHECKING, Any

from labs.iam import Malformed, Policy
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute
from labs.sandbox.source import documented, recorded

if TYPE_CHECKING:
    from moto.iam.models import AWSManagedPolicy, IAMBackend


@cache
def _originals() -> tuple[AWSManagedPolicy, ...]:
    """AWS's policies, parsed; nobody changes these."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy

    contents = json.loads(aws_managed_policies_data).items()
    return tuple(AWSManagedPolicy.from_data(name, "aws", "aws", content) for name, content in contents)


def _copied(original: AWSManagedPolicy, account: str) -> AWSManagedPolicy:
    """A copy with a count of attachments of its own."""
    policy = copy.copy(original)
    policy.account_id = account
    policy.tags, policy.versions = {}, list(original.versions)
    return policy


class _AwsPolicies(UserList[Any]):
    """AWS's policies in one account, copied when somebody looks: until then there is no `data`."""

    def __init__(self, account: str) -> None:
        self.account = account

    def __getattr__(self, name: str) -> Any:
        if name != "data":
            raise AttributeError(name)
        self.data = [_copied(original, self.account) for original in _originals()]
        return self.data


class _Policies(UserDict[str, Any]):
    """All managed policies of an account by ARN; AWS's are there from the start, by the same delay."""

    def __init__(self, aws_policies: _AwsPolicies) -> None:
        self.aws_policies = aws_policies

    def __getattr__(self, name: str) -> Any:
        if name != "data":
            raise AttributeError(name)
        self.data = {policy.arn: policy for policy in self.aws_policies}
        return self.data


@patch(
    "iam:managed-policies",
    "moto has AWS's own policies only on demand, and then takes seconds at each reset",
    documented("aws-managed-policy/latest/reference/about-managed-policy-reference.html"),
)
def _managed_policies() -> Undo:
    from moto.iam.models import IAMBackend

    def aws_policies(backend: IAMBackend) -> Any:
        # A partition is the "region" of IAM; only one of them is ever used here.
        return _AwsPolicies(backend.account_id) if backend.region_name == "aws" else []

    def all_policies(backend: IAMBackend) -> Any:
        found: Any = backend.aws_managed_policies
        return _Policies(found) if isinstance(found, _AwsPolicies) else {}

    undo_aws = set_attribute(IAMBackend, "_init_aws_policies", aws_policies)
    undo_all = set_attribute(IAMBackend, "_init_managed_policies", all_policies)

    def undo() -> None:
        undo_all()
        undo_aws()

    return undo


@operation("iam", "CreateRole", "moto takes any text for a trust policy")
def create_role(response: Any, stock: Stock) -> Any:
    """Refuses a trust policy that is none."""
    _refuse_if_no_trust_policy(response._get_param("AssumeRolePolicyDocument"))
    return stock()


@operation("iam", "UpdateAssumeRolePolicy", "moto takes a trust policy that names nobody")
def update_assume_role_policy(response: Any, stock: Stock) -> Any:
    """Refuses a trust policy that is none, once the role is known to exist."""
    response.backend.get_role(response._get_param("RoleName"))
    _refuse_if_no_trust_policy(response._get_param("PolicyDocument"))
    return stock()


_SERVICES = {"ecs": "ECS", "elasticloadbalancing": "ElasticLoadBalancing", "spot": "EC2Spot"}
"""How services are written in the names of their roles (`AWSServiceRoleForECS`), where moto does not know."""


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
    """Makes the role, unless it is there: in the words that Rayraegah/terraform-aws-hasura#17 shows."""
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
    "moto refuses identity policies without a version or with 2008-10-17, which IAM takes",
    documented("IAM/latest/UserGuide/reference_policies_elements_version.html"),
)
def _take_older_versions() -> Undo:
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    return set_attribute(IAMPolicyDocumentValidator, "_validate_version", lambda _: None)
