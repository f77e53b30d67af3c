"""A fast stub of AWS with a fixed round trip: answers the reads of ecs-placement in its solved state."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys

ARN = "arn:aws:ecs:eu-west-1:123456789012"
DEFINITION = f"{ARN}:task-definition/labs-packed:1"
CLUSTER = {"clusterArn": f"{ARN}:cluster/labs-placement", "clusterName": "labs-placement", "status": "ACTIVE"}


def _resources(cpu: int, memory: int) -> list[dict[str, object]]:
    numbers = {"CPU": cpu, "MEMORY": memory}
    return [{"name": name, "type": "INTEGER", "integerValue": number} for name, number in numbers.items()]


def _instance(number: int) -> dict[str, object]:
    return {
        "containerInstanceArn": f"{ARN}:container-instance/labs-placement/{number}",
        "ec2InstanceId": f"i-{number:017x}",
        "status": "ACTIVE",
        "agentConnected": True,
        "registeredResources": _resources(2048, 3800),
        "remainingResources": _resources(2048 - 256 * (number == 1), 3800 - 1024 * (number == 1)),
        "attributes": [],
    }


def _task(number: int) -> dict[str, object]:
    return {
        "taskArn": f"{ARN}:task/labs-placement/{number}",
        "lastStatus": "RUNNING",
        "containerInstanceArn": f"{ARN}:container-instance/labs-placement/1",
    }


ANSWERS: dict[str, object] = {
    "DescribeClusters": {"clusters": [CLUSTER], "failures": []},
    "ListContainerInstances": {
        "containerInstanceArns": [_instance(n)["containerInstanceArn"] for n in (1, 2)]
    },
    "DescribeContainerInstances": {"containerInstances": [_instance(1), _instance(2)], "failures": []},
    "DescribeTaskDefinition": {
        "taskDefinition": {
            "taskDefinitionArn": DEFINITION,
            "family": "labs-packed",
            "revision": 1,
            "status": "ACTIVE",
            "compatibilities": ["EC2"],
            "containerDefinitions": [{"name": "app", "image": "nginx", "cpu": 64, "memory": 256}],
        }
    },
    "DescribeServices": {
        "services": [
            {
                "serviceName": "packed",
                "status": "ACTIVE",
                "desiredCount": 4,
                "runningCount": 4,
                "taskDefinition": DEFINITION,
                "placementStrategy": [{"type": "binpack", "field": "memory"}],
                "events": [],
            }
        ],
        "failures": [],
    },
    "ListTasks": {"taskArns": [_task(n)["taskArn"] for n in range(4)]},
    "DescribeTasks": {"tasks": [_task(n) for n in range(4)], "failures": []},
}
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::123456789012:user/learner</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


ROLE = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><AssumedRoleId>AROA:labs</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/labs-check/labs</Arn>
</AssumedRoleUser><Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>x</SecretAccessKey>
<SessionToken>{token}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""
TOKEN = "t" * 800
"""A token of the same length as those of AWS."""


def _answer(operation: str, body: bytes) -> str:
    """The response to a request: JSON requests name their operation in a header; all others are forms for STS."""
    if operation:
        return json.dumps(ANSWERS[operation])
    found = re.search(rb"iam%3A%3A(\d{12})", body)
    return ROLE.format(account=found[1].decode(), token=TOKEN) if found else IDENTITY


async def _serve(round_trip: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        lower = {name.lower(): value for name, value in fields.items()}
        asked = await reader.readexactly(int(lower.get("content-length", 0)))
        await asyncio.sleep(round_trip)
        operation = lower.get("x-amz-target", "").rpartition(".")[2]
        body = _answer(operation, asked).encode()
        kind = b"application/x-amz-json-1.1" if operation else b"text/xml"
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)
        )


async def main(round_trip: float, certificate: str = "") -> None:
    """Serves until it is killed, over TLS if it has a certificate. Prints its port."""
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _serve(round_trip, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) / 1000, *sys.argv[2:]))
