"""IAM in the sandbox: simulation, AWS's managed policies, trust policies that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from access_kit import ACCOUNT, TRUST, allow, deny

from tests.builders import document

REPO = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/labs/app"
OTHER = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/labs/other"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/labs"
USER = f"arn:aws:iam::{ACCOUNT}:user/ana"
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
INSTANCE = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"


PULL = document(allow("ecr:BatchGetImage", REPO))
ANY = document(allow("*"))


def simulated(
    iam: Any, arn: str = ROLE, *, action: str = "ecr:BatchGetImage", resource: str = REPO, **more: Any
) -> Any:
    """The one result for one action on one resource."""
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], **more
    )
    (result,) = answer["EvaluationResults"]
    return result


def decision(iam: Any, arn: str = ROLE, **more: Any) -> str:
    return str(simulated(iam, arn, **more)["EvalDecision"])


def test_stock_moto_still_lacks_simulation(stock: None, client: Callable[..., Any]) -> None:
    """Moto does not simulate; the day it does, the extension goes."""
    from botocore.exceptions import ClientError

    try:
        client("iam").simulate_custom_policy(PolicyInputList=[ANY], ActionNames=["ecr:PutImage"])
    except (ClientError, NotImplementedError):
        return
    pytest.fail("moto simulates policies now: drop this extension (labs/sandbox/access/iam.py)")


def test_stock_moto_still_lacks_managed_policies(stock: None, client: Callable[..., Any]) -> None:
    """Without its slow switch moto knows none of AWS's policies; the day it does, the extension goes."""
    if client("iam").list_policies(Scope="AWS")["Policies"]:
        pytest.fail(
            "moto has AWS's policies from the start: drop this extension (managed policies in iam_policies.py)"
        )


def test_stock_moto_says_other_words(
    stock: None, client: Callable[[str], Any], refused: Callable[..., str]
) -> None:
    """Of a boundary's type, and of a role that is not there; the day it says IAM's, the extension goes."""
    iam = client("iam")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=PULL)["Policy"]["Arn"]
    iam.create_role(RoleName="labs", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=limit)
    kept = iam.get_role(RoleName="labs")["Role"]["PermissionsBoundary"]
    if kept["PermissionsBoundaryType"] == "Policy":
        pytest.fail("moto says Policy: drop this extension (boundary type in iam_policies.py)")
    if refused(iam.get_role, RoleName="other").endswith("The role with name other cannot be found."):
        pytest.fail("moto says it in IAM's words: drop this extension (missing role in iam_policies.py)")


def sources(result: Any) -> list[tuple[str, str]]:
    """The policies whose statements matched, each with its type."""
    return [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]]


def test_a_role_may_do_what_its_inline_policy_says(role: Any) -> None:
    """An inline policy allows what it names, and the result names the policy."""
    assert decision(role) == "implicitDeny"
    role.put_role_policy(RoleName="labs", PolicyName="pull", PolicyDocument=PULL)
    result = simulated(role)
    assert (result["EvalActionName"], result["EvalResourceName"]) == ("ecr:BatchGetImage", REPO)
    assert result["EvalDecision"] == "allowed"
    assert sources(result) == [("role_labs_pull", "IAM Policy")]
    assert result["ResourceSpecificResults"][0]["EvalResourceDecision"] == "allowed"
    assert decision(role, resource=OTHER) == "implicitDeny"
    assert decision(role, action="ecr:PutImage") == "implicitDeny"


def test_attached_policies_count_and_unattached_do_not(role: Any) -> None:
    """A policy that nobody attached grants nothing; its default version counts, once it is attached."""
    arn = role.create_policy(PolicyName="pull", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    role.create_policy_version(PolicyArn=arn, PolicyDocument=PULL, SetAsDefault=True)
    assert decision(role) == "implicitDeny"
    role.attach_role_policy(RoleName="labs", PolicyArn=arn)
    assert sources(simulated(role)) == [("pull", "IAM Policy")]
    assert decision(role, action="s3:GetObject", resource="arn:aws:s3:::b/k") == "implicitDeny"
    role.detach_role_policy(RoleName="labs", PolicyArn=arn)
    assert decision(role) == "implicitDeny"


def test_an_explicit_deny_beats_what_is_attached(role: Any) -> None:
    """A Deny in one policy beats the Allow in another, and is the one that is named."""
    role.attach_role_policy(RoleName="labs", PolicyArn=EXECUTION)
    assert sources(simulated(role)) == [("AmazonECSTaskExecutionRolePolicy", "IAM Policy")]
    role.put_role_policy(RoleName="labs", PolicyName="no", PolicyDocument=document(deny("ecr:Batch*")))
    result = simulated(role)
    assert result["EvalDecision"] == "explicitDeny"
    assert sources(result) == [("role_labs_no", "IAM Policy")]


def test_a_permissions_boundary_limits_a_role(role: Any) -> None:
    """An action that a role's boundary does not allow is denied, and the detail says so."""
    role.put_role_policy(RoleName="labs", PolicyName="all", PolicyDocument=ANY)
    assert "PermissionsBoundaryDecisionDetail" not in simulated(role)
    limit = role.create_policy(PolicyName="limit", PolicyDocument=PULL)["Policy"]["Arn"]
    role.put_role_permissions_boundary(RoleName="labs", PermissionsBoundary=limit)
    inside, outside = simulated(role), simulated(role, resource=OTHER)
    assert (inside["EvalDecision"], outside["EvalDecision"]) == ("allowed", "implicitDeny")
    assert inside["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    assert outside["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_a_denying_boundary_is_named_as_one(role: Any) -> None:
    """The type of a boundary's statement, and of the boundary, are IAM's words and not the API reference's."""
    role.put_role_policy(RoleName="labs", PolicyName="all", PolicyDocument=ANY)
    limit = role.create_policy(PolicyName="limit", PolicyDocument=document(deny("ecr:*")))["Policy"]["Arn"]
    role.put_role_permissions_boundary(RoleName="labs", PermissionsBoundary=limit)
    assert ("limit", "Permissions Boundary Policy") in sources(simulated(role))
    kept = role.get_role(RoleName="labs")["Role"]["PermissionsBoundary"]
    assert kept == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": limit}


def test_a_given_boundary_takes_the_place_of_the_roles_own(role: Any) -> None:
    """PermissionsBoundaryPolicyInputList overrides what is attached; two are too many."""
    role.put_role_policy(RoleName="labs", PolicyName="all", PolicyDocument=ANY)
    limit = role.create_policy(PolicyName="limit", PolicyDocument=PULL)["Policy"]["Arn"]
    role.put_role_permissions_boundary(RoleName="labs", PermissionsBoundary=limit)
    assert decision(role, resource=OTHER, PermissionsBoundaryPolicyInputList=[ANY]) == "allowed"
    assert (
        decision(role, resource=OTHER, PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
        == "allowed"
    )


def test_a_boundary_that_is_gone_allows_nothing(role: Any) -> None:
    """A role keeps the ARN of a boundary that was deleted, and may do nothing."""
    role.put_role_policy(RoleName="labs", PolicyName="all", PolicyDocument=ANY)
    role.put_role_permissions_boundary(
        RoleName="labs", PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/gone"
    )
    assert decision(role) == "implicitDeny"


def test_a_user_has_the_policies_of_its_groups(iam: Any) -> None:
    """Inline and attached policies of a user and of its groups count; a group can be asked about itself."""
    iam.create_user(UserName="ana")
    iam.create_group(GroupName="labs")
    group = f"arn:aws:iam::{ACCOUNT}:group/labs"
    iam.put_group_policy(GroupName="labs", PolicyName="pull", PolicyDocument=PULL)
    assert (decision(iam, USER), decision(iam, group)) == ("implicitDeny", "allowed")
    iam.add_user_to_group(UserName="ana", GroupName="labs")
    assert sources(simulated(iam, USER)) == [("group_labs_pull", "IAM Policy")]
    iam.put_user_policy(UserName="ana", PolicyName="no", PolicyDocument=document(deny("*")))
    assert decision(iam, USER) == "explicitDeny"


def test_more_policies_can_be_tried(role: Any) -> None:
    """PolicyInputList adds to what the role has; PolicyExclusionList takes away."""
    assert sources(simulated(role, PolicyInputList=[PULL])) == [("PolicyInputList.1", "IAM Policy")]
    role.attach_role_policy(RoleName="labs", PolicyArn=EXECUTION)
    role.put_role_policy(RoleName="labs", PolicyName="pull", PolicyDocument=PULL)
    inline = {"PolicyName": "pull", "AttachmentType": "role", "AttachmentName": "labs"}
    assert decision(role, PolicyExclusionList=[{"InlinePolicyIdentifier": inline}]) == "allowed"
    both = [{"InlinePolicyIdentifier": inline}, {"PolicyArn": EXECUTION}]
    assert decision(role, PolicyExclusionList=both) == "implicitDeny"
    types = [{"PolicyType": "inline"}, {"PolicyArn": "arn:aws:iam::aws:policy/service-role/AmazonECS*"}]
    assert decision(role, PolicyExclusionList=types) == "implicitDeny"
    assert decision(role, PolicyExclusionList=types[:1]) == "allowed"


def test_missing_context_is_named_and_given_context_is_used(role: Any) -> None:
    """A condition on a key that is not given is named as missing; given, it decides."""
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    role.put_role_policy(
        RoleName="labs", PolicyName="pull", PolicyDocument=document(allow("ecr:*", REPO, Condition=condition))
    )
    without = simulated(role)
    assert (without["EvalDecision"], without["MissingContextValues"]) == ("implicitDeny", [])
    assert without["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:SourceVpce"]
    answer = role.simulate_principal_policy(PolicySourceArn=ROLE, ActionNames=["ecr:PutImage"])
    assert answer["EvaluationResults"][0]["MissingContextValues"] == ["aws:SourceVpce"]
    entry = {"ContextKeyName": "aws:SourceVpce", "ContextKeyValues": ["vpce-1"], "ContextKeyType": "string"}
    given = simulated(role, ContextEntries=[entry])
    assert (given["EvalDecision"], given["ResourceSpecificResults"][0]["MissingContextValues"]) == (
        "allowed",
        [],
    )


def test_a_resource_policy_is_simulated_for_its_caller(iam: Any) -> None:
    """A resource's policy adds for the caller it names, and needs one."""
    iam.create_user(UserName="ana")
    own = document({"Effect": "Allow", "Action": "ecr:*", "Principal": {"AWS": USER}, "Resource": "*"})
    result = simulated(iam, USER, ResourcePolicy=own)
    assert result["EvalDecision"] == "allowed"
    assert sources(result) == [("ResourcePolicy", "Resource Policy")]
    other = USER.replace("ana", "bo")
    assert decision(iam, USER, ResourcePolicy=own, CallerArn=other) == "implicitDeny"
    foreign = "arn:aws:iam::210987654321:root"
    assert decision(iam, USER, ResourcePolicy=own, ResourceOwner=foreign) == "implicitDeny"
    assert decision(iam, USER, ResourcePolicy=own, ResourceOwner=foreign, PolicyInputList=[PULL]) == "allowed"


def test_a_role_is_the_caller_of_its_own_simulation(role: Any) -> None:
    """Without a CallerArn the resource's policy speaks of the role itself."""
    own = document({"Effect": "Allow", "Action": "ecr:*", "Principal": {"AWS": ROLE}, "Resource": "*"})
    assert decision(role, ResourcePolicy=own) == "allowed"


def test_a_custom_simulation_with_a_resource_policy_needs_a_caller(
    iam: Any, refused: Callable[..., str]
) -> None:
    """Of nobody in particular a resource's policy cannot speak."""
    asked = {"PolicyInputList": [PULL], "ActionNames": ["ecr:PutImage"], "ResourcePolicy": ANY}
    assert refused(iam.simulate_custom_policy, **asked).startswith("InvalidInput")


def test_custom_policies_are_simulated_without_anybody(iam: Any) -> None:
    """SimulateCustomPolicy asks the policies that it is given, for every action and resource."""
    answer = iam.simulate_custom_policy(
        PolicyInputList=[PULL, document(deny("ecr:PutImage"))],
        ActionNames=["ecr:BatchGetImage", "ecr:PutImage"],
        ResourceArns=[REPO, OTHER],
    )
    found = [
        (r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in answer["EvaluationResults"]
    ]
    assert found == [
        ("ecr:BatchGetImage", REPO, "allowed"),
        ("ecr:BatchGetImage", OTHER, "implicitDeny"),
        ("ecr:PutImage", REPO, "explicitDeny"),
        ("ecr:PutImage", OTHER, "explicitDeny"),
    ]
    assert answer["IsTruncated"] is False
    assert "Marker" not in answer


def test_without_resources_everything_is_meant(iam: Any) -> None:
    """No ResourceArns is the resource `*`."""
    answer = iam.simulate_custom_policy(PolicyInputList=[ANY], ActionNames=["ecr:GetAuthorizationToken"])
    assert [(r["EvalResourceName"], r["EvalDecision"]) for r in answer["EvaluationResults"]] == [
        ("*", "allowed")
    ]


@pytest.mark.slow
def test_results_come_in_pages(iam: Any) -> None:
    """A page holds MaxItems results, 100 without it, and the paginator sees each one once."""
    actions = [f"ecr:Action{number}" for number in range(130)]
    first = iam.simulate_custom_policy(PolicyInputList=[ANY], ActionNames=actions)
    assert (len(first["EvaluationResults"]), first["IsTruncated"]) == (100, True)
    rest = iam.simulate_custom_policy(PolicyInputList=[ANY], ActionNames=actions, Marker=first["Marker"])
    assert (len(rest["EvaluationResults"]), rest["IsTruncated"]) == (30, False)
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[ANY], ActionNames=actions, MaxItems=7
    )
    assert [r["EvalActionName"] for page in pages for r in page["EvaluationResults"]] == actions


UNKNOWN = document(allow("*", Condition={"StringSounds": {"labs:key": "v"}}))
GIVEN = {"ContextKeyName": "labs:key", "ContextKeyValues": ["v"], "ContextKeyType": "string"}
REFUSED = [
    ("no-such-role", {"PolicySourceArn": ROLE + "2"}, "NoSuchEntity: Unable to retrieve specified IAM entity."),
    ("no-such-user", {"PolicySourceArn": USER}, "NoSuchEntity"),
    ("no-such-group", {"PolicySourceArn": USER.replace("user", "group")}, "NoSuchEntity"),
    ("no-principal", {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:policy/labs"}, "InvalidInput"),
    ("a-session", {"PolicySourceArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/labs/x"}, "InvalidInput"),
    ("action-wildcard", {"ActionNames": ["ecr:*"]}, "InvalidInput"),
    ("action-without-service", {"ActionNames": ["PutImage"]}, "InvalidInput"),
    ("resource-name", {"ResourceArns": ["labs/app"]}, "InvalidInput"),
    ("policy-not-json", {"PolicyInputList": ["{"]}, "InvalidInput"),
    ("policy-no-policy", {"PolicyInputList": ["{}"]}, "InvalidInput"),
    ("resource-policy-not-json", {"ResourcePolicy": "no", "CallerArn": USER}, "InvalidInput"),
    ("caller-is-a-service", {"CallerArn": "ec2.amazonaws.com.of.some.length"}, "InvalidInput"),
    ("two-boundaries", {"PermissionsBoundaryPolicyInputList": [ANY, PULL]}, "InvalidInput"),
    ("marker", {"Marker": "nonsense"}, "ValidationError"),
    ("page-size", {"MaxItems": 1001}, "ValidationError"),
    ("unknown-operator", {"PolicyInputList": [UNKNOWN], "ContextEntries": [GIVEN]}, "PolicyEvaluation"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "says"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_a_simulation_that_cannot_be_done_is_refused(
    role: Any, refused: Callable[..., str], given: Any, says: str
) -> None:
    """Every wrong input is refused with IAM's code."""
    arguments = {"PolicySourceArn": ROLE, "ActionNames": ["ecr:PutImage"], **given}
    assert refused(role.simulate_principal_policy, **arguments).startswith(says)


@pytest.mark.parametrize("arn", [EXECUTION, INSTANCE])
def test_aws_policies_can_be_read_and_attached(role: Any, arn: str) -> None:
    """AWS's managed policies are there without any switch."""
    policy = role.get_policy(PolicyArn=arn)["Policy"]
    assert (policy["Arn"], policy["AttachmentCount"]) == (arn, 0)
    version = role.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert "ecr:BatchGetImage" in json.dumps(version["Document"])
    role.attach_role_policy(RoleName="labs", PolicyArn=arn)
    attached = role.list_attached_role_policies(RoleName="labs")["AttachedPolicies"]
    assert attached == [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}]
    assert role.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert decision(role) == "allowed"
    role.detach_role_policy(RoleName="labs", PolicyArn=arn)
    assert role.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0


@pytest.mark.slow
def test_own_and_aws_policies_are_listed_apart(iam: Any) -> None:
    """Scope tells AWS's policies from the account's own."""
    iam.create_policy(PolicyName="mine", PolicyDocument=PULL)
    pages = iam.get_paginator("list_policies")
    local = [p["PolicyName"] for page in pages.paginate(Scope="Local") for p in page["Policies"]]
    aws_own = {p["Arn"] for page in pages.paginate(Scope="AWS") for p in page["Policies"]}
    assert local == ["mine"]
    assert {EXECUTION, INSTANCE, "arn:aws:iam::aws:policy/AdministratorAccess"} <= aws_own


@pytest.mark.slow
def test_account_details_hold_aws_policies(role: Any) -> None:
    """The account's authorization details list an attached policy of AWS's."""
    role.attach_role_policy(RoleName="labs", PolicyArn=EXECUTION)
    details = role.get_account_authorization_details(Filter=["AWSManagedPolicy", "Role"])
    assert EXECUTION in {policy["Arn"] for policy in details["Policies"]}


def test_a_reset_forgets_what_was_attached(role: Any) -> None:
    """After a reset AWS's policies are there again, attached to nobody."""
    from moto.iam.models import iam_backends

    role.attach_role_policy(RoleName="labs", PolicyArn=EXECUTION)
    iam_backends.reset()
    assert role.get_policy(PolicyArn=EXECUTION)["Policy"]["AttachmentCount"] == 0
    assert role.list_roles()["Roles"] == []


def test_accounts_do_not_share_attachments(iam: Any) -> None:
    """A policy attached in one account is not attached in another."""
    from moto.iam.models import iam_backends

    own, other = (
        iam_backends[number]["aws"].managed_policies[EXECUTION] for number in (ACCOUNT, "210987654321")
    )
    own.attachment_count += 1
    assert (other.attachment_count, other.arn) == (0, own.arn)
