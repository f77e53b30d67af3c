"""A lab to prove in an account, and the account."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.sandbox import control
from labs.sandbox.control import Sandbox

ACCOUNT = "555566667777"
LAB = "kept-logs"
TASK = """
title = "Keep logs for a week"
deck = "kept-logs"
group = "logs"
minutes = 5
own = ["group"]
[cost]
per_hour = 0.5
total = 0.1
what = "two log groups"
source = "https://aws.amazon.com/cloudwatch/pricing/"
checked = 2026-11-22
[parameters]
group = "kept-logs"
[[objectives]]
id = "group"
title = "Log group {group} exists"
hints = ["Where?", "Here."]
[[objectives]]
id = "week"
title = "It keeps events for 7 days"
hints = ["How long?", "Seven days."]
[account]
mistakes = ["no-retention"]
[mistakes.no-retention]
what = "no retention"
breaks = ["week"]
"""
GROUPS = """
aws logs create-log-group --log-group-name "$GROUP"
if [ -n "${STOP_AT:-}" ]; then exec 9>"$STOP_AT.alive"; echo made >"$STOP_AT"; read -r _ <"$STOP_AT"; fi
aws logs create-log-group --log-group-name "$GROUP/beside"
"""
RETENTION = 'aws logs put-retention-policy --log-group-name "$GROUP" --retention-in-days 7\n'
CHECK = '''
from labs.sdk import Failed, Leftover, Leftovers, Objective, Passed


def groups(account, lab):
    return account.logs.describe_log_groups(logGroupNamePrefix=lab["group"])["logGroups"]


def group(account, lab):
    """The group is there."""
    there = [each["logGroupName"] for each in groups(account, lab)]
    return Passed("there") if lab["group"] in there else Failed("nothing", "a group", "Where?")


def week(account, lab):
    """It keeps events for a week."""
    [found] = [each for each in groups(account, lab) if each["logGroupName"] == lab["group"]]
    days = found.get("retentionInDays", "no limit")
    return Passed("a week") if days == 7 else Failed(f"{days}", "7", "How long?")


def left(account, lab, seen):
    return (Leftover("log group", each["logGroupName"]) for each in groups(account, lab))


READS = ("logs:DescribeLogGroups",)
LEFTOVERS = (Leftovers(left),)
OBJECTIVES = (Objective("group", group), Objective("week", week, needs=("group",)))
'''


@dataclass(frozen=True)
class LabPack:
    """A pack with one lab, whose scripts a test may change."""

    folder: Path

    def write(self, name: str, content: str) -> None:
        """Writes one of the lab's files."""
        path = self.folder / "tasks" / LAB / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def lab_pack(folder: Path) -> LabPack:
    """The pack in a folder, with scripts that work in an account."""
    made = LabPack(folder)
    made.write("task.toml", TASK)
    made.write("brief.md", "Keep logs.\n")
    made.write("solution.sh", GROUPS + RETENTION)
    made.write("mistakes/no-retention.sh", GROUPS)
    (folder / "checks").mkdir()
    (folder / "checks" / "kept_logs.py").write_text(CHECK)
    (folder / "decks").mkdir()
    return made


@dataclass(frozen=True)
class Account:
    """An account in the sandbox, as its administrator sees it."""

    sandbox: Sandbox

    def client(self, service: str) -> Any:
        """A client of the sandbox itself, without the proxy."""
        import boto3

        given = control.environment(control.in_account(self.sandbox, ACCOUNT))
        return boto3.client(  # type: ignore[call-overload] # any service
            service,
            endpoint_url=given["AWS_ENDPOINT_URL"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            region_name=given["AWS_DEFAULT_REGION"],
        )

    def groups(self) -> list[str]:
        """The names of its log groups."""
        return [each["logGroupName"] for each in self.client("logs").describe_log_groups()["logGroups"]]

    def user(self) -> dict[str, str]:
        """Creates an administrator. Returns the environment with its keys and endpoint, as for AWS."""
        iam = self.client("iam")
        iam.create_user(UserName="ada")
        policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        return {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_REGION": self.sandbox.region,
        }
