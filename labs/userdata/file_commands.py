"""The commands of boot scripts that create, copy, move and remove files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from labs.userdata.config import UNKNOWN
from labs.userdata.filesystem import Result, fits

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_WITH_VALUE = ("-m", "-o", "-g")
"""Options of `install` that take a value."""
_STANDARD = re.compile(
    r"/|/(etc(/ecs)?|tmp|root|home(/ec2-user)?|opt|srv|mnt|run|boot|usr(/local)?(/s?bin|/lib|/src|/share)?"
    r"|var(/(tmp|log|lib|cache|run)(/ecs)?)?)"
)
"""The folders that exist on an ECS-optimized Amazon Linux image."""
_GLOB = re.compile(r"[*?]")


def touch(shell: Machine, rest: list[str], _given: str) -> Result:
    """`touch`: existing files keep their content."""
    for name in rest:
        if not name.startswith("-"):
            shell.write(name, "", append=True)
    return "", True


def truncate(shell: Machine, rest: list[str], _given: str) -> Result:
    """`truncate -s 0`: empties files."""
    match rest:
        case ["-s" | "--size", "0", *names] | ["-s0" | "--size=0", *names]:
            for name in names:
                shell.write(name, "", append=False)
        case _ if shell.mentions(" ".join(rest)):
            shell.trouble("what truncate does to it is not clear")
    return "", True


def remove(shell: Machine, rest: list[str], _given: str) -> Result:
    """`rm`, with wildcards and for whole folders."""
    whole_folders = any(re.fullmatch(r"-\w*[rR]\w*|--recursive", option) for option in rest)
    for name in (name for name in rest if not name.startswith("-")):
        for path in [path for path in shell.files if _names(shell.path(name), path, whole_folders)]:
            del shell.files[path]
        known = {*shell.folders, posixpath.dirname(shell.watched), shell.path(name)} if whole_folders else ()
        shell.folders |= {path: False for path in known if _names(shell.path(name), path, whole_folders)}
    return "", True


def _names(pattern: str, path: str, whole_folders: bool) -> bool:
    """Whether a path with wildcards matches a file or, with `whole_folders`, a folder that contains it."""
    wanted, parts = pattern.split("/"), path.split("/")
    enough = len(parts) >= len(wanted) if whole_folders else len(parts) == len(wanted)
    return enough and all(fits(one, part, any_sign="?") for one, part in zip(wanted, parts, strict=False))


def copy(shell: Machine, rest: list[str], _given: str, *, moves: bool = False) -> Result:
    """`cp` of files and, with -r, of folders."""
    names = [name for name in rest if not name.startswith("-")]
    if len(names) < 2 or any(option in ("-t", "-n", "--no-clobber") for option in rest):
        if shell.mentions(" ".join(rest)):
            shell.trouble("what is copied onto it is not clear")
        return "", True
    *sources, target = names
    for source in sources:
        pairs = [*_pairs(shell, source, target)]
        if not pairs and shell.mentions(f"{source} {target}"):
            shell.trouble("what is copied onto it is not clear")
        for path, new in pairs:
            shell.write(new, shell.read(path), append=False)
            if moves and path != new:
                shell.files.pop(path, None)
        if moves:
            shell.folders[shell.path(source)] = False
    return "", True


def _pairs(shell: Machine, source: str, target: str) -> Iterator[tuple[str, str]]:
    """Each copied file with its new path; empty if that is unknown."""
    path, place = shell.path(source), shell.path(target)
    known = [each for each in shell.files if _names(path, each, False)] if _GLOB.search(source) else [path]
    inside = [each for each in shell.files if each.startswith(path + "/")]
    is_folder = target.endswith("/") or place == posixpath.dirname(shell.watched)
    is_folder = is_folder or any(each.startswith(place + "/") for each in shell.files)
    if inside and place == posixpath.dirname(shell.watched) and not source.endswith("/."):
        return  # into its folder, or in the place of it
    if inside:
        whole = is_folder and not source.endswith("/.")
        root = posixpath.join(place, posixpath.basename(path)) if whole else place
        yield from ((each, root + each[len(path) :]) for each in inside)
    elif not source.endswith("/."):
        for each in known:
            yield each, posixpath.join(place, posixpath.basename(each)) if is_folder else place


def move(shell: Machine, rest: list[str], given: str) -> Result:
    """`mv`: copies, and removes the originals."""
    return copy(shell, rest, given, moves=True)


def install(shell: Machine, rest: list[str], given: str) -> Result:
    """`install -d` creates folders; without -d, it copies files and sets their mode and owner."""
    values = {place + 1 for place, word in enumerate(rest) if word in _WITH_VALUE}
    words = [word for place, word in enumerate(rest) if place not in values]
    makes_folders = any(re.fullmatch(r"-\w*d\w*|--directory", option) for option in rest)
    return (make_folders if makes_folders else copy)(shell, words, given)


def make_folders(shell: Machine, rest: list[str], _given: str) -> Result:
    """`mkdir -p`: creates folders and their parents."""
    for path in (shell.path(name) for name in rest if not name.startswith("-")):
        parts = path.split("/")
        shell.folders |= {"/".join(parts[:count]): True for count in range(2, len(parts) + 1)}
    return "", True


def change_folder(shell: Machine, rest: list[str], _given: str) -> Result:
    """`cd`: fails if the folder does not exist, which is not always known."""
    names = [name for name in rest if name == "-" or not name.startswith("-")] or ["~"]
    before = shell.variables.get("OLDPWD", UNKNOWN)
    target = before if names[0] == "-" else re.sub(r"^~(?=/|$)", "/root", names[0])
    path = target if UNKNOWN in target else shell.path(target)
    there = shell.folders.get(path)
    if there is None and (
        _STANDARD.fullmatch(path) or any(each.startswith(path + "/") for each in shell.files)
    ):
        there = True
    if there is not False:
        shell.stayed = "" if there else shell.folder
        shell.variables["OLDPWD"], shell.folder = shell.folder, path
    return "", there


def temporary(shell: Machine, rest: list[str], _given: str) -> Result:
    """`mktemp` without a template: a new, empty file."""
    if rest:
        return UNKNOWN, True
    names = (f"/tmp/tmp.{number:010}" for number in count())  # noqa: S108 - on the machine that boots
    path = next(name for name in names if name not in shell.files)
    shell.write(path, "", append=False)
    return f"{path}\n", True
