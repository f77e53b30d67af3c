"""Proves that the policy of `labs policy` is sufficient, by checking the solution where IAM is enforced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from labs.author.expectations import wrong_with_solution
from labs.aws.clients import SharedClients
from labs.aws.last_look import own_requests
from labs.aws.policy import least_policy
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.content.verifier import Verifier
from labs.sandbox import control
from labs.verify.job import Job
from labs.verify.runner import verify

ROLE = "labs-check"


@dataclass(frozen=True, slots=True)
class PolicyProof:
    """A sandbox that enforces IAM, with an administrator's clients; used for one lab at a time."""

    sandbox: control.Sandbox
    iam: Any
    sts: Any
    clients: SharedClients = field(default_factory=SharedClients)
    lock: Lock = field(default_factory=Lock)

    def wrong(self, lab: Lab, verifier: Verifier, world: Path) -> str:
        """Checks a world as a role with only the least-privilege policy. Returns what is wrong, or an empty string."""
        with self.lock:
            control.load(self.sandbox.home, world, own=True)
            with own_requests():
                keys = self._keys(verifier)
            environment = {**control.environment(self.sandbox), **keys}
            with read_only_guard():
                session = open_session(ConnectionOptions(environment=environment), self.clients)
                verdict = verify([Job(lab, verifier)], session)
        wrong = wrong_with_solution(verdict.labs[0])
        return f"with the policy that `labs policy` prints: {wrong}" if wrong else ""

    def _keys(self, verifier: Verifier) -> dict[str, str]:
        """The keys of a new role with the least-privilege policy for a lab's reads."""
        trust = {"Effect": "Allow", "Principal": {"AWS": self.sandbox.account}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = self.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        policy = json.dumps(least_policy(verifier.reads))
        self.iam.put_role_policy(RoleName=ROLE, PolicyName="reads", PolicyDocument=policy)
        keys = self.sts.assume_role(RoleArn=role, RoleSessionName="check")["Credentials"]
        return {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"]}


@contextmanager
def policy_proof() -> Iterator[PolicyProof]:
    """A PolicyProof with its sandbox. Must be opened before any check runs: the guard must not apply to its clients."""
    with control.throw_away(enforces_iam=True) as sandbox:
        client = control.client(control.environment(sandbox))
        yield PolicyProof(sandbox, client("iam"), client("sts"))
