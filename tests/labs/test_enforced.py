"""Every lab in a sandbox that enforces IAM, looked at by a role with the policy that `labs policy` prints."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.cli import run
from labs.iam.operations import needed_for
from labs.sandbox import control
from labs.verdict import Finding, State
from labs.verify.runner import verify
from tests.labs.states import LabState, LabStates, give_answers, noting
from tests.labs.test_lab_permissions import expected

ROLE, POLICY = "labs-check", "cardlabs-reads"


@dataclass(frozen=True, slots=True)
class EnforcingSandbox:
    """A sandbox that enforces IAM, with clients of its administrator; a role sessions at the lab that is in it."""

    sandbox: control.Sandbox
    iam: Any
    sts: Any
    clients: SharedClients

    def enter(self, world: Path) -> AwsSession:
        """Loads a world, makes the role, and gives a session with its keys."""
        control.load(self.sandbox.home, world)
        trust = {"Effect": "Allow", "Principal": {"AWS": self.sandbox.account}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = self.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        keys = self.sts.assume_role(RoleArn=arn, RoleSessionName="verifier")["Credentials"]
        own = {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        }
        with read_only_guard():
            return open_session(
                ConnectionOptions(environment={**control.environment(self.sandbox), **own}), self.clients
            )

    def allow(self, policy: dict[str, Any]) -> None:
        """Gives the role this policy, and no other."""
        self.iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(policy))


@pytest.fixture(scope="session")
def enforcing() -> Iterator[EnforcingSandbox]:
    import boto3

    with control.throw_away(enforces_iam=True) as sandbox:
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
        where: dict[str, Any] = {"endpoint_url": sandbox.url, "region_name": sandbox.region, **keys}
        yield EnforcingSandbox(
            sandbox, boto3.client("iam", **where), boto3.client("sts", **where), SharedClients()
        )


def run_with_role(solved: LabState, session: AwsSession) -> dict[str, Finding]:
    with read_only_guard():
        verdict = verify([solved.job()], session, alone=True)
    return {each.id: each for each in verdict.labs[0].findings}


def _asking_again(session: AwsSession, answered: AwsSession, reads: set[str]) -> AwsSession:
    """A session that asks these reads again; the others are answered as they were."""
    again = session.again()
    give_answers(answered.scope, again.scope, reads)
    return again


def test_the_policy_is_enough_and_each_action_of_it_is_needed(
    solved: LabState, lab_states: LabStates, enforcing: EnforcingSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """With all of it the whole lab passes; without one action, what asks for it is not judged and names it."""
    assert run(["policy", solved.lab.id]) == 0
    policy = json.loads(capsys.readouterr().out)
    session = enforcing.enter(lab_states.world(solved.lab.id))
    enforcing.allow(policy)
    answered = session.again()
    asked: dict[str, set[str]] = defaultdict(set)
    with noting(asked):  # now: the scheduled action of a lab may have run since its state was recorded
        whole = run_with_role(solved, answered)
    assert {each.state for each in whole.values()} == {State.PASSED}
    (statement,) = policy["Statement"]
    for removed in statement["Action"]:
        left = [name for name in statement["Action"] if name != removed]
        enforcing.allow({**policy, "Statement": [{**statement, "Action": left or ["none:Nothing"]}]})
        denied = {read for reads in asked.values() for read in reads if removed in needed_for(read)}
        hit = {name for name, reads in asked.items() if reads & denied}
        under = run_with_role(solved, _asking_again(session, answered, denied))
        states = {name: each.state for name, each in under.items()}
        assert states == expected(whole, hit), f"without {removed}"
        named = {each.action for each in under.values() if each.state is State.INCONCLUSIVE}
        assert named == ({removed} if hit else set()), f"without {removed}"
