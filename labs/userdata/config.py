"""Settings of an ecs.config, read as ecs-init reads them, and merged if a condition decides what is written."""

from __future__ import annotations

from collections.abc import Sequence

UNKNOWN = "\0"
"""Marks a part of a text that is only known on the instance, such as the output of a command."""


def settings(text: str) -> dict[str, str]:
    """The settings in an ecs.config, as ecs-init reads them: `KEY=value`, quotes and `export` are part of it.

    Source: getEnvVars in ecs-init/docker/docker.go of github.com/aws/amazon-ecs-agent.
    """
    pairs = (line.strip().partition("=") for line in text.strip().split("\n"))
    return {key: value for key, equals, value in pairs if equals and not key.startswith("#")}


def unreadable(text: str) -> str | None:
    """The reason why the settings of a text with unknown parts are unclear; empty if only values are unknown."""
    for line in text.split("\n"):
        if UNKNOWN in line.partition("=")[0] and not line.lstrip().startswith("#"):
            return "what is written comes from a command or a file that we cannot see"
    return None


def merged(texts: Sequence[str]) -> str | None:
    """A text with the settings that the texts agree on. A setting that differs has an unknown value or is missing.

    None if the texts cannot be compared setting by setting.
    """
    if len(set(texts)) == 1:
        return texts[0]
    if any((text and not text.endswith("\n")) or unreadable(text) for text in texts):
        return None
    ways = [settings(text) for text in texts]
    keys = dict.fromkeys(key for way in ways for key in way)
    values = {key: {way.get(key) for way in ways} for key in keys}
    return "".join(f"{key}={UNKNOWN if len(found) > 1 else found.pop()}\n" for key, found in values.items())
