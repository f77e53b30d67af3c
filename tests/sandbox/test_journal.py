"""The journal as a file, and the world that is made of it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import busy
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labs.sandbox import hooks
from labs.sandbox.server.application import Application
from labs.sandbox.world import journal
from labs.sandbox.world.journal import Header, Journal, JournalEntry

HEADER = Header(born=1_700_000_000.5, seed=7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture(scope="module")
def keys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
        yield


@pytest.fixture(scope="module")
def extended(keys: None) -> Iterator[None]:
    from labs.sandbox import extend

    extend.install()
    yield
    extend.uninstall()


@pytest.fixture
def start_application(path: Path, extended: None) -> Iterator[Callable[..., Application]]:
    """Starts a world in this process."""
    applications: list[Application] = []

    def start(header: Header = HEADER, **options: Any) -> Application:
        while applications:
            end(applications.pop())
        applications.append(Application(Journal.create(path, header), **options))
        return applications[-1]

    def end(application: Application) -> None:
        application.restart(lambda: (Journal.create(path, HEADER), ()))
        application.close()

    yield start
    while applications:
        end(applications.pop())


def replay(application: Application) -> None:
    """Makes the world again of what its journal says."""
    path = application.journal.path

    def again() -> tuple[Journal, tuple[JournalEntry, ...]]:
        recorded = journal.read(path)
        return Journal(path, recorded), recorded.entries

    application.restart(again)


STEPS: dict[str, Callable[[busy.Clients, str], Any]] = {
    "cluster": lambda c, n: c("ecs").create_cluster(clusterName=n),
    "role": lambda c, n: c("iam").create_role(RoleName=n, AssumeRolePolicyDocument=json.dumps(busy.TRUST)),
    "user": lambda c, n: (c("iam").create_user(UserName=n), c("iam").create_access_key(UserName=n)),
    "group": lambda c, n: c("ec2").create_security_group(GroupName=n, Description=n),
    "vpc": lambda c, n: c("ec2").create_vpc(CidrBlock="10.0.0.0/16"),
    "delete cluster": lambda c, n: c("ecs").delete_cluster(cluster=n),
    "delete role": lambda c, n: c("iam").delete_role(RoleName=n),
    "log group": lambda c, n: c("logs").create_log_group(logGroupName=n),
    "upload": lambda c, n: c("s3").create_multipart_upload(Bucket="b", Key=n),
    "bucket": lambda c, n: c("s3", "us-east-1").create_bucket(Bucket="b"),
    "elsewhere": lambda c, n: c("ec2", "us-east-1").create_security_group(GroupName=n, Description=n),
    "see clusters": lambda c, n: c("ecs").list_clusters(),
    "see vpcs": lambda c, n: c("ec2").describe_vpcs(),
    "see vpcs elsewhere": lambda c, n: c("ec2", "us-east-1").describe_vpcs(),
    "see nothing": lambda c, n: c("iam").get_role(RoleName="nobody"),
}


def stand(clients: busy.Clients) -> dict[str, Any]:
    asked = {
        "clusters": clients("ecs").describe_clusters(clusters=["a", "b"]),
        "roles": clients("iam").list_roles(),
        "users": [
            clients("iam").list_users(),
            *(clients("iam").list_access_keys(UserName=n) for n in users(clients)),
        ],
        "vpcs": [
            clients("ec2", region).describe_vpcs() for region in ("eu-west-1", "us-east-1", "eu-north-1")
        ],
        "groups": [
            clients("ec2", region).describe_security_groups() for region in ("eu-west-1", "us-east-1")
        ],
        "subnets": clients("ec2").describe_subnets(),
        "logs": clients("logs").describe_log_groups(),
        "buckets": clients("s3").list_buckets(),
        "uploads": clients("s3").list_multipart_uploads(Bucket="b") if buckets(clients) else None,
    }
    return json.loads(json.dumps(asked, default=str), object_hook=without_metadata)  # type: ignore[no-any-return]


def users(clients: busy.Clients) -> list[str]:
    return [user["UserName"] for user in clients("iam").list_users()["Users"]]


def buckets(clients: busy.Clients) -> list[Any]:
    return list(clients("s3").list_buckets()["Buckets"])


def without_metadata(value: dict[str, Any]) -> dict[str, Any]:
    value.pop("ResponseMetadata", None)
    return value


steps = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from("ab")), max_size=12)


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=steps)
@example(taken=[("see vpcs", "a"), ("group", "a"), ("see vpcs elsewhere", "a"), ("elsewhere", "a")])
@example(taken=[("bucket", "a"), ("upload", "a"), ("user", "a"), ("user", "a"), ("delete cluster", "b")])
def test_a_replayed_world_looks_the_same(
    taken: list[tuple[str, str]], start_application: Callable[..., Application]
) -> None:
    """After any mix of changes, reads and refused requests: every id and time is the same after a replay."""
    from botocore.exceptions import ClientError

    application = start_application()
    clients = busy.clients_inside(application)
    for step, name in taken:
        try:
            STEPS[step](clients, name)
        except ClientError:
            continue
    before = stand(clients)
    replay(application)
    assert stand(clients) == before


@pytest.mark.slow
def test_ids_do_not_depend_on_what_was_read_before(start_application: Callable[..., Application]) -> None:
    """Resources that moto makes on first use are the same whether a read or a change used them first."""
    seen = []
    for reads in (["eu-west-1", "us-east-1"], ["us-east-1", "eu-west-1"], []):
        application = start_application()
        clients = busy.clients_inside(application)
        for region in reads:
            clients("ec2", region).describe_subnets()
        clients("ec2").create_security_group(GroupName="x", Description="x")
        seen.append(
            json.dumps([clients("ec2", r).describe_subnets()["Subnets"] for r in ("eu-west-1", "us-east-1")])
        )
    assert seen[0] == seen[1] == seen[2]


def test_two_worlds_have_different_ids(start_application: Callable[..., Application]) -> None:
    """A reset gives another default VPC, as another account would have."""
    found = []
    for seed in (1, 2):
        clients = busy.clients_inside(start_application(Header(born=HEADER.born, seed=seed)))
        found.append(clients("ec2").describe_vpcs()["Vpcs"][0]["VpcId"])
    assert found[0] != found[1]


def test_reads_are_not_recorded(start_application: Callable[..., Application]) -> None:
    """Looking leaves no trace, refused changes do: moto may have done half of them."""
    from botocore.exceptions import ClientError

    application = start_application()
    clients = busy.clients_inside(application)
    clients("ecs").list_clusters()
    clients("ec2").describe_vpcs()
    clients("s3").list_buckets()
    clients("efs").describe_file_systems()
    clients("sts").get_caller_identity()
    assert application.journal.entries == 0
    with pytest.raises(ClientError):
        clients("iam").delete_role(RoleName="nobody")
    assert application.journal.entries == 1


def test_temporary_credentials_work_after_a_replay(start_application: Callable[..., Application]) -> None:
    """A role assumed in another account leads there again, and to nowhere else."""
    application = start_application()
    clients = busy.clients_inside(application)
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    clients("iam", key="AKIASBOX111122223333").create_role(
        RoleName="check",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust}),
    )
    role = {"RoleArn": "arn:aws:iam::111122223333:role/check", "RoleSessionName": "me"}
    key = clients("sts").assume_role(**role)["Credentials"]["AccessKeyId"]
    clients("ecs", key=key).create_cluster(clusterName="theirs")
    replay(application)
    assert clients("sts", key=key).get_caller_identity()["Account"] == "111122223333"
    assert clients("ecs", key=key).list_clusters()["clusterArns"] == [
        "arn:aws:ecs:eu-west-1:111122223333:cluster/theirs"
    ]
    assert clients("ecs").list_clusters()["clusterArns"] == []


def test_time_never_runs_backwards(start_application: Callable[..., Application]) -> None:
    """Where the system's clock is set back, what comes later is not recorded as earlier."""
    now = [HEADER.born]
    application = start_application(clock=lambda: now[0])
    clients = busy.clients_inside(application)
    for name, seconds in (("a", 10), ("b", -500), ("c", 20)):
        now[0] = HEADER.born + seconds
        clients("logs").create_log_group(logGroupName=name)
    times = [entry.time - HEADER.born for entry in journal.read(application.journal.path).entries]
    assert times == [10, 10, 20]
    made = [group["creationTime"] for group in clients("logs").describe_log_groups()["logGroups"]]
    assert [time / 1000 - HEADER.born for time in made] == [10, 10, 20]


def test_what_falls_due_in_a_realistic_world_is_recorded(
    start_application: Callable[..., Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read lets due things happen; the replay lets them happen at the same moment, with the same ids."""
    from datetime import UTC, datetime

    from moto.moto_api._internal import mock_random

    from labs.sandbox.world import clock

    happened: list[tuple[float, str]] = []

    def fall_due(account: str) -> bool:
        due = clock.now() >= datetime.fromtimestamp(HEADER.born + 60, UTC) and not happened
        if due:
            happened.append((clock.now().timestamp(), mock_random.get_random_hex(17)))
        return due

    monkeypatch.setattr(hooks, "reconcilers", [fall_due])
    now = [HEADER.born]
    header = Header(born=HEADER.born, seed=1, realistic=True)
    application = start_application(header, clock=lambda: now[0])
    clients = busy.clients_inside(application)
    now[0] = HEADER.born + 10
    clients("ecs").create_cluster(clusterName="a")
    now[0] = HEADER.born + 20
    clients("ecs").list_clusters()
    assert (happened, application.journal.entries) == ([], 1)
    for seconds in (60, 70):
        now[0] = HEADER.born + seconds
        clients("ecs").list_clusters()
    assert [time - HEADER.born for time, _ in happened] == [60]
    assert application.journal.entries == 2
    before = happened[:]
    happened.clear()
    replay(application)
    assert happened == before


@pytest.mark.slow
def test_a_realistic_task_takes_its_time(start_application: Callable[..., Application]) -> None:
    """A task is seen on its way; after a replay it is as far as it was."""
    now = [HEADER.born]
    application = start_application(Header(born=HEADER.born, seed=1, realistic=True), clock=lambda: now[0])
    clients = busy.clients_inside(application)
    clients("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    began = now[0] = HEADER.born + 60
    busy.make_services(clients)

    def statuses() -> set[str]:
        ecs = clients("ecs")
        tasks = ecs.describe_tasks(cluster="labs", tasks=ecs.list_tasks(cluster="labs")["taskArns"])["tasks"]
        return {task["lastStatus"] for task in tasks}

    seen = [statuses()]
    for seconds in (1, 20):
        now[0] = began + seconds
        seen.append(statuses())
        replay(application)
        assert statuses() == seen[-1]
    assert seen == [{"PROVISIONING"}, {"PROVISIONING"}, {"RUNNING"}]


def test_who_waits_for_a_message_holds_up_nobody(start_application: Callable[..., Application]) -> None:
    """The world's lock is free between two looks at the queue, and a look that finds nothing is not recorded."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 6:
            sqs.send_message(QueueUrl=queue, MessageBody="at last")

    application = start_application(sleep=sleep)
    sqs = busy.clients_inside(application)("sqs")
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
    assert (sum(slept), application.journal.entries) == (1, 1)
    [message] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    assert (message["Body"], len(slept), application.journal.entries) == ("at last", 6, 3)
    replay(application)
    assert len(slept) == 6
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_a_replay_tells_what_it_cannot_repeat(
    start_application: Callable[..., Application], path: Path, tmp_path: Path
) -> None:
    """A step that succeeded once and is refused now: a version that gives other ids has lost what it names."""
    application = start_application()
    clients = busy.clients_inside(application)
    group = clients("ec2").create_security_group(GroupName="web", Description="web")["GroupId"]
    clients("ec2").create_tags(Resources=[group], Tags=[{"Key": "Name", "Value": "web"}])
    clients("ecs").create_cluster(clusterName="labs")
    with pytest.raises(clients("ecs").exceptions.ClientException):
        clients("ecs").create_capacity_provider(name="none")
    replay(application)
    assert application.journal.damage == ""

    first, *rest = journal.read(path).entries
    assert first.request is not None
    shorter = Journal.create(tmp_path / "shorter.jsonl", HEADER)
    for entry in rest:
        shorter.append(entry)
    application.restart(lambda: (shorter, rest))
    assert "1 of 3 changes cannot be repeated, the first is CreateTags:" in application.journal.damage
    assert clients("ecs").list_clusters()["clusterArns"]


def test_a_breakdown_is_answered_and_logged(
    start_application: Callable[..., Application],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever moto raises becomes InternalFailure for the caller and a traceback in the log."""
    from botocore.exceptions import ClientError

    application = start_application()

    def broken(environ: Any, start_response: Any) -> Any:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr("labs.sandbox.server.application.create_backend_app", lambda _: broken)
    clients = busy.clients_inside(application)
    for call in (clients("ecs").create_cluster, clients("ec2").describe_vpcs, clients("s3").list_buckets):
        with pytest.raises(ClientError, match="ZeroDivisionError: by design") as error:
            call()
        assert error.value.response["Error"]["Code"] == "InternalFailure"
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert caplog.text.count("Traceback") == 3


def test_a_journal_that_cannot_be_written_is_no_success(
    start_application: Callable[..., Application],
) -> None:
    """A change that would not survive is not confirmed."""
    from botocore.exceptions import ClientError

    application = start_application()
    clients = busy.clients_inside(application)
    application.journal.close()
    with pytest.raises(ClientError, match="InternalFailure"):
        clients("ecs").create_cluster()
