"""Rosters from an organization and from a group of IAM Identity Center."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from labs.workshop.roster import read_roster
from tests.workshop.workshop_kit import Cli


def read_back(text: str, tmp_path: Path) -> list[tuple[str, str | None, str]]:
    """Name, account and address of each seat of a printed roster."""
    file = tmp_path / "r.toml"
    file.write_text(text, "utf-8")
    return [(each.name, each.account, each.extra.get("email", "")) for each in read_roster(file).seats]


def test_the_accounts_of_a_unit_and_below_become_seats(moto: None, cli: Cli, tmp_path: Path) -> None:
    """Two of the same name stay apart; the roster can be read as it is."""
    import boto3

    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="workshop")["OrganizationalUnit"]["Id"]
    below = client.create_organizational_unit(ParentId=unit, Name="table 1")["OrganizationalUnit"]["Id"]
    accounts = []
    for number, (name, parent) in enumerate(
        [("Ada", unit), ("Ada", below), ('Zoë "Z"', below), ("Out", root)]
    ):
        made = client.create_account(AccountName=name, Email=f"l{number}@example.com")["CreateAccountStatus"]
        accounts.append(made["AccountId"])
        if parent != root:
            client.move_account(AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=parent)
    ran = cli("workshop", "import", "--organization", unit, "--external-id", "room")
    assert (ran.code, ran.err) == (0, "")
    assert sorted(read_back(ran.out, tmp_path)) == sorted(
        [
            (f"Ada ({accounts[0]})", accounts[0], "l0@example.com"),
            (f"Ada ({accounts[1]})", accounts[1], "l1@example.com"),
            ('Zoë "Z"', accounts[2], "l2@example.com"),
        ]
    )


def test_the_members_of_a_group_become_seats_with_their_own_account(
    moto: None, cli: Cli, tmp_path: Path
) -> None:
    """Who has no account of their own, or several, is left out, by name."""
    import boto3

    admin, store = boto3.client("sso-admin"), boto3.client("identitystore")
    instance = admin.list_instances()["Instances"][0]
    where = {"IdentityStoreId": instance["IdentityStoreId"]}
    group = store.create_group(**where, DisplayName="learners")["GroupId"]
    for name, accounts in {
        "Ann": ["200000000001"],
        "Bob": [],
        "Eve": ["200000000003", "200000000004"],
    }.items():
        mail = [{"Value": f"{name}@example.com", "Primary": True}]
        user: Any = store.create_user(
            **where,
            UserName=name.lower(),
            DisplayName=name,
            Name={"GivenName": name, "FamilyName": "X"},
            Emails=mail,
        )
        store.create_group_membership(**where, GroupId=group, MemberId={"UserId": user["UserId"]})
        for account in accounts:
            admin.create_account_assignment(
                InstanceArn=instance["InstanceArn"],
                TargetId=account,
                TargetType="AWS_ACCOUNT",
                PermissionSetArn=f"arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-{uuid4().hex[:16]}",
                PrincipalType="USER",
                PrincipalId=user["UserId"],
            )
    ran = cli("workshop", "import", "--identity-center", "learners")
    assert (ran.code, ran.err) == (0, ""), ran.err
    assert read_back(ran.out, tmp_path) == [("Ann", "200000000001", "Ann@example.com")]
    assert "# Bob is left out: accounts of their own: none" in ran.out
    assert "# Eve is left out: accounts of their own: 200000000003, 200000000004" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["--organization", "ou-1", "--identity-center", "g"], 2),
        (["--organization", "ou-abcd-12345678"], 3),
    ],
    ids=["neither", "both", "no organization"],
)
def test_what_cannot_be_imported_prints_no_roster(
    arguments: list[str], code: int, moto: None, cli: Cli
) -> None:
    ran = cli("workshop", "import", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("error: ")
