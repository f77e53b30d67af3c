"""Whoever holds the keys of a workshop's role can do no more than the labs' reads: AWS itself refuses it."""

from __future__ import annotations

import json
from pathlib import Path

import boto3  # noqa: TID253 - every test here needs it
import pytest
from botocore.exceptions import ClientError  # noqa: TID253 - as above

from labs.aws.clients import SharedClients
from labs.aws.policy import MAX_SESSION_POLICY, session_policy
from labs.aws.rate_limit import RateLimiters
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions
from labs.content.pack import open_catalog
from labs.errors import UsageError
from labs.sandbox import control
from labs.workshop.access import Access
from labs.workshop.roster import Seat
from tests.aws import HTTP, intercepted_http
from tests.builders import ACCOUNT

ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@pytest.mark.slow
@pytest.mark.process
def test_the_keys_of_a_seat_only_read_though_its_role_may_do_all() -> None:
    """Also outside of the guard, as another program would use them."""
    with control.throw_away(enforces_iam=True) as sandbox:
        environment = control.environment(sandbox)
        keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
        iam = boto3.client("iam", endpoint_url=sandbox.url, region_name=sandbox.region, **keys)
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName="admin", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=json.dumps(ALL))
        ambient = ConnectionOptions(environment=environment)
        policy = session_policy(["ecs:ListClusters"])
        with read_only_guard():
            access = Access(ambient, SharedClients(), RateLimiters(), policy=policy, max_kept=1)
            session, _ = access.open(Seat("a", role_arn=arn))
        given = session.scope.keys
        ecs = boto3.client(
            "ecs",
            endpoint_url=sandbox.url,
            region_name=sandbox.region,
            aws_access_key_id=given.access_key,
            aws_secret_access_key=given.secret_key,
            aws_session_token=given.token,
        )
        assert ecs.list_clusters()["clusterArns"] == []
        with pytest.raises(ClientError, match="AccessDenied"):
            ecs.create_cluster(clusterName="mine")


def test_the_reads_of_all_labs_fit_into_a_session_policy() -> None:
    catalog = open_catalog()
    reads = {read for lab in catalog.all() for read in catalog.verifier(lab).reads}
    assert len(session_policy(reads)) <= MAX_SESSION_POLICY


def test_more_than_aws_takes_is_refused() -> None:
    with pytest.raises(UsageError, match="check fewer labs at once"):
        session_policy(f"ecs:DescribeSomething{number}" for number in range(100))


def test_no_reads_make_a_policy_all_the_same() -> None:
    assert json.loads(session_policy([]))["Statement"][0]["Action"] == ["sts:GetCallerIdentity"]


def test_the_role_of_a_profile_is_assumed_with_the_least_policy(
    moto: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role that leads to it is not: it must assume."""
    from labs.aws.session import open_session

    config = tmp_path / "config"
    config.write_text(
        "[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n"
        f"[profile first]\nsource_profile = keys\nrole_arn = arn:aws:iam::{ACCOUNT}:role/first\n"
        f"[profile last]\nregion = eu-west-1\nsource_profile = first\nrole_arn = arn:aws:iam::{ACCOUNT}:role/last\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    HTTP.calls.clear()
    with intercepted_http(), read_only_guard():
        session = open_session(ConnectionOptions("last", reads=frozenset({"ecs:ListClusters"})))
    assert not isinstance(session.scope.keys, Exception)
    first, last = (str(call.request.body) for call in HTTP.calls)
    assert "Policy=" not in first
    assert "ListClusters" in last
