"""Images of public registries: full names, and tags that well-known images cannot have.

The sandbox contacts no registry. For the official images that learners use most, a tag that is neither a version nor
a word that their tags consist of does not exist; every other public image is assumed to exist.
"""

from __future__ import annotations

import re

DOCKER_HUB = "registry-1.docker.io"
_OFFICIAL = re.compile(
    "alpine|amazonlinux|busybox|caddy|debian|golang|hello-world|httpd|mariadb|memcached|mongo|mysql|nginx|node|"
    "postgres|python|rabbitmq|redis|traefik|ubuntu|wordpress"
)
_HOME = re.compile(
    r"(?:(?:docker\.io/|registry-1\.docker\.io/)?(?:library/)?|public\.ecr\.aws/docker/library/)([^/:@]+)"
)
_WORDS = (
    "latest|stable|mainline|edge|lts|current|rolling|devel|rc|beta|alpha|alpine|slim|perl|otel|fpm|apache|cli|php|"
    "management|bookworm|trixie|bullseye|buster|stretch|jammy|noble|focal|bionic|resolute|glibc|musl|uclibc|linux|"
    "windowsservercore|nanoserver|ltsc|unstable|testing|sid|experimental|minimal|with|sources|bin|build|iron|jod|"
    "krypton|amd|arm|amd64|arm64v"
)
_PART = re.compile(rf"(?:v?\d[\w.]*|(?:{_WORDS})[\d.]*)")


def full_name(image: str) -> str:
    """The full name of an image, with its registry."""
    head, slash, _ = image.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        return image
    return f"{DOCKER_HUB}/{image if slash else f'library/{image}'}"


def is_missing(image: str) -> bool:
    """Whether an image is a well-known one with a tag that does not exist."""
    name, at, _ = image.partition("@")
    path, colon, tag = name.rpartition(":")
    if at or not colon or "/" in tag:
        return False
    found = _HOME.fullmatch(path)
    known = found is not None and _OFFICIAL.fullmatch(found[1]) is not None
    return known and not all(_PART.fullmatch(part) for part in re.split(r"[-_]", tag))


def not_found(image: str, *, fargate: bool) -> str:
    """The message of Fargate or Docker for a public image that does not exist."""
    name = full_name(image).replace(DOCKER_HUB, "docker.io", 1)
    if fargate:
        return (
            f"pull image manifest has been retried 1 time(s): failed to resolve ref {name}: {name}: not found"
        )
    return f"Error response from daemon: manifest for {image} not found: manifest unknown: manifest unknown"
