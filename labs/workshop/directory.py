"""Reads the seats of a roster from AWS: the accounts of an organizational unit, or the members of a group.

`State` and `PENDING_ACTIVATION`: docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html (`Status` was
retired in September 2026). Assignments: docs.aws.amazon.com/singlesignon/latest/APIReference/
API_ListAccountAssignmentsForPrincipal.html, which only the management account of the organization may call.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.errors import UsageError

Client = Callable[[str], Any]

ORGANIZATION_READS = frozenset(
    {"organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"}
)
GROUP_READS = frozenset(
    {
        "sso-admin:ListInstances",
        "sso-admin:ListAccountAssignmentsForPrincipal",
        "identitystore:GetGroupId",
        "identitystore:ListGroupMemberships",
        "identitystore:DescribeUser",
    }
)


@dataclass(frozen=True, slots=True)
class Person:
    """A future seat: a name, an email address, and the accounts that may belong to it."""

    name: str
    email: str
    accounts: tuple[str, ...]


def of_organization(client: Client, unit: str) -> Iterator[Person]:
    """The active accounts of an organizational unit (or root), and of those below it."""
    organizations = client("organizations")
    for account in _items(organizations, "list_accounts_for_parent", "Accounts", ParentId=unit):
        if account.get("State", account.get("Status")) == "ACTIVE":
            yield Person(account["Name"], account.get("Email", ""), (account["Id"],))
    below = _items(
        organizations, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=unit
    )
    for each in below:
        yield from of_organization(client, each["Id"])


def of_group(client: Client, group: str) -> Iterator[Person]:
    """The members of an IAM Identity Center group, each with the accounts that are assigned to them alone.

    Raises UsageError if there is no IAM Identity Center instance in this Region.
    """
    admin, store = client("sso-admin"), client("identitystore")
    instance = next(_items(admin, "list_instances", "Instances"), None)
    if instance is None:
        raise UsageError("there is no IAM Identity Center instance in this Region")
    where = {"IdentityStoreId": instance["IdentityStoreId"]}
    wanted = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": group}}
    group_id = store.get_group_id(**where, AlternateIdentifier=wanted)["GroupId"]
    members = _items(store, "list_group_memberships", "GroupMemberships", **where, GroupId=group_id)
    for member in members:
        user = store.describe_user(**where, UserId=member["MemberId"]["UserId"])
        about = {
            "InstanceArn": instance["InstanceArn"],
            "PrincipalType": "USER",
            "PrincipalId": user["UserId"],
        }
        assigned = _items(admin, "list_account_assignments_for_principal", "AccountAssignments", **about)
        own = {each["AccountId"]: None for each in assigned if each["PrincipalType"] == "USER"}
        email = next((each["Value"] for each in user.get("Emails", ())), "")
        yield Person(user.get("DisplayName") or user["UserName"], email, tuple(own))


def roster_of(people: Iterable[Person], title: str, role: str, external_id: str | None) -> Iterator[str]:
    """The lines of a roster as TOML; a person whose account is uncertain is commented out."""
    people = list(people)
    yield f"title = {_text(title)}"
    yield from ("", "[defaults]", f"role = {_text(role)}")
    if external_id:
        yield f"external_id = {_text(external_id)}"
    times = Counter(each.name for each in people)
    for each in sorted(people, key=lambda person: (person.name.casefold(), person.accounts)):
        found = ", ".join(each.accounts) or "none"
        if len(each.accounts) != 1:
            yield from ("", f"# {json.dumps(each.name)[1:-1]} is left out: accounts of their own: {found}")
            continue
        name = each.name if times[each.name] == 1 else f"{each.name} ({each.accounts[0]})"
        fields: Mapping[str, str] = {"name": name, "account": each.accounts[0], "email": each.email}
        yield from ("", "[[seats]]", *(f"{key} = {_text(value)}" for key, value in fields.items() if value))


def _items(client: Any, operation: str, field: str, **given: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**given):
        yield from page[field]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
