"""Writes to each service that packs use survive a stop: the journal repeats them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import busy
import pytest

from labs.sandbox import extend
from labs.sandbox.client.connection import REGION
from labs.sandbox.server.application import Application
from labs.sandbox.world import journal
from labs.sandbox.world.journal import Header, Journal

Clients = Callable[[str], Any]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
IDS = {"AttributeName": "id", "KeyType": "HASH"}


def zipped(text: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("app.py"), text)
    return archive.getvalue()


def url(clients: Clients) -> str:
    return str(clients("sqs").get_queue_url(QueueName="orders")["QueueUrl"])


def write(clients: Clients) -> dict[str, Any]:
    """Something in each service; what is not read back from it is returned."""
    clients("s3").create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": REGION})
    clients("s3").put_object(Bucket="assets", Key="a", Body=b"body")
    clients("sqs").create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "60"})
    clients("sqs").send_message(QueueUrl=url(clients), MessageBody="first")
    topic = clients("sns").create_topic(Name="news")["TopicArn"]
    clients("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:orders"
    )
    clients("dynamodb").create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[IDS],
        BillingMode="PAY_PER_REQUEST",
    )
    clients("dynamodb").put_item(TableName="orders", Item={"id": {"S": "1"}})
    clients("secretsmanager").create_secret(Name="password", SecretString="word")
    clients("ssm").put_parameter(Name="stage", Value="test", Type="String")
    clients("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    clients("logs").create_log_group(logGroupName="/app")
    clients("route53").create_hosted_zone(Name="example.com", CallerReference="1")
    role = clients("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    clients("lambda").create_function(
        FunctionName="pays",
        Runtime="python3.12",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": zipped("def handler(event, context): ...")},
    )
    queue = f"arn:aws:sqs:{REGION}:123456789012:orders"
    clients("lambda").create_event_source_mapping(FunctionName="pays", EventSourceArn=queue)
    key = clients("kms").create_key()["KeyMetadata"]["KeyId"]
    signer = clients("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    curve = clients("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    return {
        "blob": clients("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"],
        "data": clients("kms").generate_data_key(KeyId=key, KeySpec="AES_256"),
        "signer": signer,
        "curve": curve,
    }


def read(clients: Clients, written: dict[str, Any]) -> dict[str, Any]:
    """The state: the same before and after."""
    kms, dynamodb, function = clients("kms"), clients("dynamodb"), clients("lambda")
    [bucket] = clients("s3").list_buckets()["Buckets"]
    topics = clients("sns").list_topics()["Topics"]
    return {
        "s3": (bucket, clients("s3").get_object(Bucket="assets", Key="a")["Body"].read()),
        "s3 block": clients("s3").get_public_access_block(Bucket="assets")["PublicAccessBlockConfiguration"],
        "sqs": clients("sqs").get_queue_attributes(QueueUrl=url(clients), AttributeNames=["All"])[
            "Attributes"
        ],
        "sns": [
            clients("sns").get_topic_attributes(TopicArn=each["TopicArn"])["Attributes"] for each in topics
        ],
        "subscriptions": clients("sns").list_subscriptions()["Subscriptions"],
        "dynamodb": (
            dynamodb.describe_table(TableName="orders")["Table"],
            dynamodb.scan(TableName="orders")["Items"],
        ),
        "secretsmanager": clients("secretsmanager").get_secret_value(SecretId="password")["SecretString"],
        "secret": clients("secretsmanager").describe_secret(SecretId="password")["ARN"],
        "ssm": clients("ssm").get_parameter(Name="stage")["Parameter"],
        "events": clients("events").list_rules()["Rules"],
        "logs": clients("logs").describe_log_groups()["logGroups"],
        "route53": clients("route53").list_hosted_zones()["HostedZones"],
        "iam": clients("iam").list_roles()["Roles"],
        "lambda": function.get_function(FunctionName="pays")["Configuration"],
        "mappings": function.list_event_source_mappings()["EventSourceMappings"],
        "kms": kms.decrypt(CiphertextBlob=written["blob"])["Plaintext"],
        "data key": kms.decrypt(CiphertextBlob=written["data"]["CiphertextBlob"])["Plaintext"],
        "keys": [kms.get_public_key(KeyId=written[name])["PublicKey"] for name in ("signer", "curve")],
    }


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Clients, Callable[[], None]]]:
    """Clients of a world in this process, and what stops and starts it."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
    extend.install()
    path, header = tmp_path / "journal.jsonl", Header(born=1_700_000_000.5, seed=7)
    application = Application(Journal.create(path, header))

    def stop_and_start() -> None:
        recorded = journal.read(path)
        application.restart(lambda: (Journal(path, recorded), recorded.entries))

    yield busy.clients_inside(application), stop_and_start
    application.restart(lambda: (Journal.create(path, header), ()))
    application.close()
    extend.uninstall()


@pytest.mark.slow
def test_everything_comes_back(clients: tuple[Clients, Callable[[], None]]) -> None:
    client, stop_and_start = clients
    written = write(client)
    before = read(client, written)
    assert before["kms"] == b"secret"
    assert before["data key"] == written["data"]["Plaintext"]
    stop_and_start()
    assert read(client, written) == before
