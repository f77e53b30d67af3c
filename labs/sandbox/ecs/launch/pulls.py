"""Image pulls: a task starts only if its images exist and can be pulled from the account's private registry.

Whose role pulls: the task execution role where the task definition names one, on EC2 too, else the container
instance's role. Images of other accounts can always be pulled. The texts are AWS's, those of the container runtime
behind Fargate and of the agent's Docker ("CannotPullContainer task errors in Amazon ECS" of the developer guide;
amazon-ecs-agent, apierrors; for platforms: aws/containers-roadmap#1120, moby/moby#46765). One thing is simpler: where
the role may not even ask for a token, Fargate says ResourceInitializationError and the agent
CannotPullECRContainerError; here every pull that fails for the lack of a right says CannotPullContainerError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.sandbox import hooks
from labs.sandbox.access.roles import Role, find_role, role_of_instance
from labs.sandbox.ecr.registry_policy import repository_policy
from labs.sandbox.ecs.launch.platforms import is_for, platform_of
from labs.sandbox.ecs.launch.public_images import is_missing, not_found
from labs.sandbox.ecs.model.records import Task
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.images.names import ECR_HOST, SANDBOX_HOST

_IMAGE = re.compile(
    rf"(?:{SANDBOX_HOST}/)?(?P<registry>{ECR_HOST})/"
    r"(?P<repository>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_NO_PERMISSION = (
    "The task can't pull the image. Check that the role has the permissions "
    "to pull images from the registry. "
)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image in a private registry, as named in a container definition."""

    name: str
    registry: str
    account: str
    region: str
    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, name: str) -> ImageReference | None:
        """The image with this name; None if it is not in a private registry."""
        found = _IMAGE.fullmatch(name)
        if found is None:
            return None
        tag, digest = found["tag"], found["digest"]
        return cls(
            name,
            found["registry"],
            found["account"],
            found["region"],
            found["repository"],
            tag if tag or digest else "latest",
            digest,
        )

    @property
    def arn(self) -> str:
        """The repository's ARN."""
        return f"arn:aws:ecr:{self.region}:{self.account}:repository/{self.repository}"

    @property
    def reference(self) -> str:
        """The digest, or else the tag."""
        return self.digest or self.tag or "latest"


@dataclass(frozen=True, slots=True)
class Puller:
    """The puller of an image: role (None if there is none), session name, whether it is Fargate, and the task."""

    role: Role | None
    session: str
    fargate: bool
    platform: tuple[str, str]

    def may(
        self,
        action: str,
        image: ImageReference,
        resource: str,
        own: Any = None,
        tags: Mapping[str, str] | None = None,
    ) -> bool:
        """Whether the role is allowed an action on the registry."""
        asked = {
            f"{prefix}_ResourceTag/{key}": value
            for prefix in ("aws", "ecr")
            for key, value in (tags or {}).items()
        }
        return self.role is not None and self.role.may(
            action, resource, own=own, aws_RequestedRegion=image.region, **asked
        )

    def denial(self, action: str, resource: str) -> str:
        """AWS's message for a denied action of the role."""
        if self.role is None:
            return "no basic auth credentials"
        who = f"arn:aws:sts::{self.role.account}:assumed-role/{self.role.name}/{self.session}"
        return (
            f"User: {who} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action"
        )


@hooks.launch_checks.add("image")
def why_not(ecs: Ecs, task: Task) -> str | None:
    """The reason why an image of the task cannot be pulled; None if all can."""
    for container in task.definition.containers:
        image = ImageReference.parse(container["image"])
        if is_missing(container["image"]):
            fargate = task.doc["launchType"] == "FARGATE"
            return f"CannotPullContainerError: {not_found(container['image'], fargate=fargate)}"
        if image is not None and image.account == ecs.account:
            reason = _why_not(_puller(ecs, task), image)
            if reason:
                return f"CannotPullContainerError: {reason}"
    return None


def _puller(ecs: Ecs, task: Task) -> Puller:
    overrides = task.doc.get("overrides") or {}
    execution = overrides.get("executionRoleArn") or task.definition.doc.get("executionRoleArn")
    fargate, platform = task.doc["launchType"] == "FARGATE", platform_of(task)
    if execution:
        role = find_role(ecs.account, execution)
        trusted = role is not None and role.trusts("ecs-tasks.amazonaws.com", task.arn)
        return Puller(role if trusted else None, task.id, fargate, platform)
    return Puller(*_instance_role(ecs, task), fargate, platform)


def _instance_role(ecs: Ecs, task: Task) -> tuple[Role | None, str]:
    instance_id = task.instance.instance_id if task.instance else ""
    instance = ecs.ec2.get_instance_by_id(instance_id)
    return (role_of_instance(ecs.account, ecs.region, instance) if instance else None), instance_id


def _why_not(puller: Puller, image: ImageReference) -> str | None:
    from moto.ecr.models import ecr_backends

    token = "ecr:GetAuthorizationToken"  # noqa: S105 - the name of an action
    if not puller.may(token, image, "*"):
        return _NO_PERMISSION + _token_denied(puller, token)
    backend = ecr_backends[image.account][image.region]
    repository = backend.repositories.get(image.repository)
    own = repository_policy(backend, repository)
    tags = backend.tagger.get_tag_dict_for_resource(image.arn)
    for action, denied in (
        ("ecr:BatchGetImage", _manifest_denied),
        ("ecr:GetDownloadUrlForLayer", _layer_denied),
    ):
        if not puller.may(action, image, image.arn, own, tags):
            return _NO_PERMISSION + denied(puller, image, action)
    if repository is None:
        return _no_repository(puller, image)
    stored = stored_image(repository, image)
    if stored is None:
        return _no_image(puller, image)
    return None if is_for(stored, puller.platform) else _no_platform(puller)


def stored_image(repository: Any, image: ImageReference) -> Any:
    """The image in its repository, by its digest or else its tag; None if it does not exist."""
    if image.digest:
        return next((one for one in repository.images if one.image_digest == image.digest), None)
    return next((one for one in repository.images if image.tag in one.image_tags), None)


def _token_denied(puller: Puller, action: str) -> str:
    denial = puller.denial(action, "*")
    if puller.fargate:
        return (
            "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr "
            f"registry auth: service call has been retried 1 time(s): AccessDeniedException: {denial}"
        )
    return f"AccessDeniedException: {denial}"


def _manifest_denied(puller: Puller, image: ImageReference, action: str) -> str:
    if puller.fargate:
        return _unresolved(image, f"unexpected status code [manifests {image.reference}]: 403 Forbidden")
    return (
        f"Error response from daemon: pull access denied for {image.registry}/{image.repository}, repository does "
        f"not exist or may require 'docker login': denied: {puller.denial(action, image.arn)}"
    )


def _layer_denied(puller: Puller, image: ImageReference, action: str) -> str:
    if puller.fargate:
        return (
            f"failed to copy: httpReadSeeker: failed open: unexpected status code {image.name}: 403 Forbidden"
        )
    return (
        "Error response from daemon: error pulling image configuration: download failed after attempts=1: "
        f"denied: {puller.denial(action, image.arn)}"
    )


def _no_repository(puller: Puller, image: ImageReference) -> str:
    if puller.fargate:
        return _unresolved(image, f"{image.name}: not found")
    return (
        f"Error response from daemon: repository {image.registry}/{image.repository} not found: name unknown: "
        f"The repository with name '{image.repository}' does not exist in the registry with id '{image.account}'"
    )


def _no_image(puller: Puller, image: ImageReference) -> str:
    if puller.fargate:
        return _unresolved(image, f"{image.name}: not found")
    return (
        f"Error response from daemon: manifest for {image.name} not found: manifest unknown: "
        "Requested image not found"
    )


def _no_platform(puller: Puller) -> str:
    platform = "/".join(puller.platform)
    if puller.fargate:
        return (
            "pull image manifest has been retried 7 time(s): "
            f"image Manifest does not contain descriptor matching platform '{platform}'"
        )
    variant = "/v8" if platform.endswith("arm64") else ""
    return f"Error response from daemon: no matching manifest for {platform}{variant} in the manifest list entries"


def _unresolved(image: ImageReference, why: str) -> str:
    return f"pull image manifest has been retried 1 time(s): failed to resolve ref {image.name}: {why}"
