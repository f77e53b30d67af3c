"""Probes of S3, SQS, SNS, DynamoDB, KMS and Lambda."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from labs.sandbox.fidelity.probes import Bench, Doc, Probe


def _refuses(code: str, operation: Callable[..., Any], **given: Any) -> bool:
    """Whether a call raises an error with this code."""
    from botocore.exceptions import ClientError

    try:
        operation(**given)
    except ClientError as error:
        return str(error.response["Error"]["Code"]) == code
    return False


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _bucket(bench: Bench) -> Any:
    """An S3 client, with an empty bucket named like the bench."""
    api = bench.client("s3")
    api.create_bucket(Bucket=bench.name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return api


def _bucket_defaults(bench: Bench) -> bool:
    api = _bucket(bench)
    block = api.get_public_access_block(Bucket=bench.name)["PublicAccessBlockConfiguration"]
    [owner] = api.get_bucket_ownership_controls(Bucket=bench.name)["OwnershipControls"]["Rules"]
    [rule] = api.get_bucket_encryption(Bucket=bench.name)["ServerSideEncryptionConfiguration"]["Rules"]
    encryption = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    return all(block.values()) and (owner["ObjectOwnership"], encryption) == ("BucketOwnerEnforced", "AES256")


def _encryption_resets(bench: Bench) -> bool:
    api = _bucket(bench)
    api.delete_bucket_encryption(Bucket=bench.name)
    return bool(api.get_bucket_encryption(Bucket=bench.name)["ServerSideEncryptionConfiguration"]["Rules"])


def _public_policy(bench: Bench) -> bool:
    api = _bucket(bench)
    statement = {"Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bench.name}/*"}
    policy = _policy(**statement)
    if not _refuses("AccessDenied", api.put_bucket_policy, Bucket=bench.name, Policy=policy):
        return False
    api.delete_public_access_block(Bucket=bench.name)
    api.put_bucket_policy(Bucket=bench.name, Policy=policy)
    other = _policy(**{**statement, "Resource": "arn:aws:s3:::another/*"})
    return _refuses("MalformedPolicy", api.put_bucket_policy, Bucket=bench.name, Policy=other)


def _acls(bench: Bench) -> bool:
    api = _bucket(bench)
    code = "AccessControlListNotSupported"
    return _refuses(code, api.put_bucket_acl, Bucket=bench.name, ACL="public-read") and _refuses(
        code, api.put_object, Bucket=bench.name, Key="a", Body=b"a", ACL="public-read"
    )


def _lifecycle(bench: Bench) -> bool:
    api = _bucket(bench)

    def rule(days: int) -> Doc:
        moves = [{"Days": days, "StorageClass": "STANDARD_IA"}]
        return {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": moves}]}

    put = api.put_bucket_lifecycle_configuration
    put(Bucket=bench.name, LifecycleConfiguration=rule(30))
    return _refuses("InvalidArgument", put, Bucket=bench.name, LifecycleConfiguration=rule(29))


def _queue(bench: Bench, suffix: str = "", **attributes: str) -> tuple[str, str]:
    """A queue's URL and ARN."""
    api = bench.client("sqs")
    url = api.create_queue(QueueName=f"{bench.name}{suffix}", Attributes=attributes)["QueueUrl"]
    found = api.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, found["QueueArn"]


def _queue_limits(bench: Bench) -> bool:
    create = bench.client("sqs").create_queue
    wrong = {
        "DelaySeconds": "901",
        "MessageRetentionPeriod": "1209601",
        "ReceiveMessageWaitTimeSeconds": "21",
        "VisibilityTimeout": "43201",
    }
    return all(
        _refuses("InvalidAttributeValue", create, QueueName=f"{bench.name}-{name}", Attributes={name: value})
        for name, value in wrong.items()
    )


def _queue_policy_stays(bench: Bench) -> bool:
    url, arn = _queue(bench)
    api = bench.client("sqs")
    policy = _policy(Principal={"Service": "sns.amazonaws.com"}, Action="sqs:SendMessage", Resource=arn)
    api.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    api.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    return "Policy" in api.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]


def _redrive_policy(bench: Bench) -> bool:
    url, arn = _queue(bench)

    def refused(target: str, count: int) -> bool:
        text = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": count})
        return _refuses(
            "InvalidParameterValue",
            bench.client("sqs").set_queue_attributes,
            QueueUrl=url,
            Attributes={"RedrivePolicy": text},
        )

    text = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
    _queue(bench, "-source", RedrivePolicy=text)
    return refused(arn, 1001) and refused(f"{arn}-missing", 3)


def _topic_needs_permission(bench: Bench) -> bool:
    """Whether a message arrives only if the queue's policy allows the topic to send."""
    sns, sqs = bench.client("sns"), bench.client("sqs")
    topic = sns.create_topic(Name=bench.name)["TopicArn"]
    url, queue = _queue(bench)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="lost")
    lets = _policy(
        Principal={"Service": "sns.amazonaws.com"},
        Action="sqs:SendMessage",
        Resource=queue,
        Condition={"ArnEquals": {"aws:SourceArn": topic}},
    )
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": lets})
    sns.publish(TopicArn=topic, Message="delivered")
    bodies = [each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
    return len(bodies) == 1 and "delivered" in bodies[0]


def _filter_policy(bench: Bench) -> bool:
    topic = bench.client("sns").create_topic(Name=bench.name)["TopicArn"]
    given = {"Protocol": "sqs", "Endpoint": _queue(bench)[1], "Attributes": {"FilterPolicy": "{"}}
    return _refuses("InvalidParameter", bench.client("sns").subscribe, TopicArn=topic, **given)


def _table_definitions(bench: Bench) -> bool:
    api = bench.client("dynamodb")
    api.create_table(
        TableName=bench.name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    index = {
        "IndexName": "buyer",
        "KeySchema": [{"AttributeName": "buyer", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    api.update_table(
        TableName=bench.name,
        AttributeDefinitions=[{"AttributeName": "buyer", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    found = api.describe_table(TableName=bench.name)["Table"]["AttributeDefinitions"]
    return {each["AttributeName"] for each in found} == {"id", "buyer"}


def _missing_table(bench: Bench) -> bool:
    api = bench.client("dynamodb")
    return _refuses("ResourceNotFoundException", api.describe_time_to_live, TableName=bench.name)


def _encrypts(bench: Bench) -> bool:
    api = bench.client("kms")
    key = api.create_key()["KeyMetadata"]["KeyId"]
    blob = api.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    return bool(api.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret")


def _lockout(bench: Bench) -> bool:
    api, account = bench.client("kms"), bench.client("sts").get_caller_identity()["Account"]
    key = {"KeyId": api.create_key()["KeyMetadata"]["KeyId"], "PolicyName": "default"}
    nobody, all_ = (
        _policy(Principal={"AWS": f"arn:aws:iam::{account}:root"}, Action=action, Resource="*")
        for action in ("kms:Encrypt", "kms:*")
    )
    refused = _refuses("MalformedPolicyDocumentException", api.put_key_policy, Policy=nobody, **key)
    api.put_key_policy(Policy=all_, **key)
    api.put_key_policy(Policy=nobody, BypassPolicyLockoutSafetyCheck=True, **key)
    return refused


def _function(bench: Bench) -> Any:
    """A Lambda client, with a function named like the bench."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return len(event)\n")
    trust = _policy(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
    role = bench.client("iam").create_role(RoleName=bench.name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    api = bench.client("lambda")
    api.create_function(
        FunctionName=bench.name,
        Runtime="python3.12",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"STAGE": "test"}},
    )
    return api


def _keeps_functions(bench: Bench) -> bool:
    found = _function(bench).get_function_configuration(FunctionName=bench.name)
    return (found["Handler"], found["Environment"]["Variables"]) == ("app.handler", {"STAGE": "test"})


def _function_limits(bench: Bench) -> bool:
    api, code = _function(bench), "InvalidParameterValueException"
    large = {"Variables": {"A": "a" * 4096}}
    return _refuses(
        code, api.update_function_configuration, FunctionName=bench.name, Environment=large
    ) and _refuses(
        code, api.put_function_concurrency, FunctionName=bench.name, ReservedConcurrentExecutions=901
    )


def _event_source(bench: Bench) -> bool:
    """Whether a message stays in a queue whose function does not run."""
    api, (url, arn) = _function(bench), _queue(bench)
    api.create_event_source_mapping(FunctionName=bench.name, EventSourceArn=arn)
    bench.client("sqs").send_message(QueueUrl=url, MessageBody="a")
    return len(bench.client("sqs").receive_message(QueueUrl=url).get("Messages", [])) == 1


def _runs_functions(bench: Bench) -> bool:
    answer = _function(bench).invoke(FunctionName=bench.name, Payload=b'{"a": 1}')
    return bool(json.loads(answer["Payload"].read()) == 1)


PROBES = (
    Probe("s3.defaults", "a new bucket blocks public access, disables ACLs and encrypts", _bucket_defaults),
    Probe("s3.encryption", "a bucket without an encryption configuration uses SSE-S3", _encryption_resets),
    Probe("s3.block-public-policy", "Block Public Access refuses a public bucket policy", _public_policy),
    Probe("s3.acls", "ACLs are refused where object ownership disables them", _acls),
    Probe("s3.lifecycle", "a transition to STANDARD_IA waits for 30 days", _lifecycle),
    Probe("sqs.limits", "queue attributes out of their range are refused", _queue_limits),
    Probe("sqs.policy", "a queue keeps its policy when other attributes change", _queue_policy_stays),
    Probe("sqs.redrive", "a redrive policy names a queue, and 1 to 1000 receives", _redrive_policy),
    Probe("sns.queue-policy", "a topic sends only to queues whose policy allows it", _topic_needs_permission),
    Probe("sns.filter-policy", "a filter policy that is no JSON is refused", _filter_policy),
    Probe("dynamodb.definitions", "UpdateTable adds to the attribute definitions", _table_definitions),
    Probe("dynamodb.time-to-live", "a missing table has no time to live", _missing_table),
    Probe("kms.encryption", "a key decrypts what it encrypted", _encrypts),
    Probe("kms.lockout", "a key policy that locks out its author is refused", _lockout),
    Probe("lambda.functions", "functions are kept with their configuration", _keeps_functions),
    Probe("lambda.limits", "environment and reserved concurrency are limited", _function_limits),
    Probe("lambda.event-sources", "messages of an event source wait for their function", _event_source),
    Probe("lambda.invoke", "functions run when they are invoked", _runs_functions, ("lambda:Invoke",)),
)
"""The probes; each creates resources under a unique name."""
