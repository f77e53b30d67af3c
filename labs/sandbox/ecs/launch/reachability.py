"""Network egress of tasks: a task starts only if its images, secrets and log group are reachable.

On Fargate, all of these use the task's own interface; on an instance, the agent and Docker fetch images through the
instance's (developer guide, "Amazon ECS task networking options"). The messages are AWS's, as users have pasted them
("Stopped tasks error messages", ResourceInitializationError and CannotPullContainerError); addresses are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from labs.sandbox import hooks
from labs.sandbox.ec2.egress import Origin, reaches, reaches_internet
from labs.sandbox.ecs.launch.network import ATTACHMENT, detail
from labs.sandbox.ecs.launch.public_images import full_name
from labs.sandbox.ecs.model.records import Doc, Task
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.images.names import is_private_image

_CHECK = "Check your task network configuration."
_AUTH = "ResourceInitializationError: unable to pull secrets or registry auth"
_TIMED_OUT = "https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"


@hooks.launch_checks.add("network")
def cut_off(ecs: Ecs, task: Task) -> str | None:
    """AWS's message on an endpoint that the task cannot reach; None if it reaches all that it needs."""
    origin = _origin(ecs, task)
    if origin is None:
        return None
    steps = _on_fargate if task.doc["launchType"] == "FARGATE" else _on_instance
    reasons = (reason for each in task.definition.containers for reason in steps(ecs, origin, each))
    return min(reasons, key=lambda reason: not reason.startswith(_AUTH), default=None)


def _origin(ecs: Ecs, task: Task) -> Origin | None:
    """The origin of the requests for the task's images; None for an instance that EC2 does not know."""
    ec2 = ecs.ec2
    if task.doc["launchType"] == "FARGATE":
        named = (
            detail(each, "networkInterfaceId")
            for each in task.doc["attachments"]
            if each["type"] == ATTACHMENT
        )
        interface = ec2.enis.get(next(named, None))
        return Origin.of_interface(ec2, interface) if interface is not None else None
    instance = ec2.get_instance_by_id(task.instance.instance_id) if task.instance else None
    return Origin.of_instance(instance) if instance is not None else None


def _on_fargate(ecs: Ecs, origin: Origin, container: Doc) -> Iterator[str]:
    """The failing connections of a container, in Fargate's order: secrets and token, image, logs."""
    for secret in container.get("secrets") or ():
        yield from _secret(origin, str(secret["valueFrom"]))
    image = str(container["image"])
    if is_private_image(image):
        yield from _private(ecs, origin, image)
    elif not reaches_internet(origin):
        yield _no_pull(full_name(image))
    log = container.get("logConfiguration") or {}
    if log.get("logDriver") == "awslogs" and not reaches(origin, "logs"):
        yield (
            "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch "
            "log group defined in the task definition. There is a connection issue between the task and Amazon "
            "CloudWatch. Check your network configuration. : signal: killed"
        )


def _secret(origin: Origin, name: str) -> Iterator[str]:
    if ":secretsmanager:" in name:
        if not reaches(origin, "secretsmanager"):
            yield (
                f"{_AUTH}: unable to retrieve secret from asm: There is a connection issue between the task and AWS "
                f"Secrets Manager. {_CHECK} failed to fetch secret {name} from secrets manager: operation error "
                f"Secrets Manager: GetSecretValue, {_TIMED_OUT}"
            )
    elif not reaches(origin, "ssm"):
        yield (
            f"{_AUTH}: unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. "
            "There is a connection issue between the task and AWS Systems Manager Parameter Store. "
            f"{_CHECK} RequestCanceled: request context canceled caused by: context deadline exceeded"
        )


def _private(ecs: Ecs, origin: Origin, image: str) -> Iterator[str]:
    """The failing connections of a private image: token from ECR, manifest from its registry, layers from S3."""
    if not reaches(origin, "ecr.api"):
        yield (
            f"{_AUTH}: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the "
            f"task and Amazon ECR. {_CHECK} operation error ECR: GetAuthorizationToken, exceeded maximum number of "
            "attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, "
            f'Post "https://api.ecr.{ecs.region}.amazonaws.com/": dial tcp: i/o timeout'
        )
    elif not (reaches(origin, "ecr.dkr") and reaches(origin, "s3")):
        yield _no_pull(image)


def _no_pull(image: str) -> str:
    return (
        f"CannotPullContainerError: The task cannot pull {image} from the registry {image}. There is a connection "
        f"issue between the task and the registry. {_CHECK} : failed to copy: httpReadSeeker: failed open: "
        f"failed to do request: Get {image}: dial tcp: i/o timeout"
    )


def _on_instance(ecs: Ecs, origin: Origin, container: Doc) -> Iterator[str]:
    image = str(container["image"])
    if not is_private_image(image):
        if not reaches_internet(origin):
            yield _docker_timed_out(f"https://{full_name(image).partition('/')[0]}/v2/")
    elif not reaches(origin, "ecr.api"):
        yield (
            "CannotPullECRContainerError: RequestError: send request failed caused by: "
            f'Post "https://api.ecr.{ecs.region}.amazonaws.com/": dial tcp: i/o timeout'
        )
    elif not (reaches(origin, "ecr.dkr") and reaches(origin, "s3")):
        yield _docker_timed_out(f"https://{image.partition('/')[0]}/v2/")


def _docker_timed_out(address: str) -> str:
    return (
        f'CannotPullContainerError: Error response from daemon: Get "{address}": net/http: request canceled '
        "while waiting for connection (Client.Timeout exceeded while awaiting headers)"
    )
