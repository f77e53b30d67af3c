"""Leftovers of storage: file systems with their mount targets, repositories, log groups."""

from __future__ import annotations

from collections.abc import Iterator

from labs.sdk import Account, Leftover, log_groups

from . import _ecr, _efs


def file_systems_named(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The file systems with this Name or creation token."""
    for found in _efs.file_systems_called(account, thing.id):
        yield Leftover("file system", found["FileSystemId"])


def file_system(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A file system, its mount targets, and the groups on them."""
    found = _efs.file_system_or_none(account, thing.id)
    if found is None or found["LifeCycleState"] in {"deleting", "deleted"}:
        return
    yield Leftover("file system", thing.id, found.get("Name", ""))
    pages = account.efs.get_paginator("describe_mount_targets").paginate(FileSystemId=thing.id)
    for target in (target for page in pages for target in page["MountTargets"]):
        if target["LifeCycleState"] not in {"deleting", "deleted"}:
            yield Leftover("mount target", target["MountTargetId"], within=thing.id)
            yield from (Leftover("security group", group) for group in _efs.groups_of(account, target))


def repository(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A private repository of ECR, with its images."""
    if _ecr.repository_or_none(account, thing.id):
        yield Leftover("repository", thing.id)


def repositories_like(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The repositories whose names begin with this one and a hyphen (`labs/web-app`)."""
    for name in _ecr.repository_names(account):
        if name.startswith(f"{thing.id}-"):
            yield Leftover("repository", name)


def log_group(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A log group."""
    if log_groups.group_or_none(account, thing.id):
        yield Leftover("log group", thing.id)
