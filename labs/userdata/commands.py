"""The commands that boot scripts write files with, as far as they matter to a file's content."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from labs.userdata.agent import note_agent
from labs.userdata.filesystem import fits
from labs.userdata.syntax import UNKNOWN
from labs.userdata.texts import Result, decode, edit, search, unescaped

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_READERS = {
    "chmod",
    "chown",
    "chgrp",
    "stat",
    "ls",
    "file",
    "logger",
    "diff",
    "wc",
    "head",
    "tail",
    "cut",
    "md5sum",
    "sync",
    "restorecon",
}
_TESTS = {"[", "[[", "test"}
_PREFIXES = {"sudo", "env", "nohup", "command", "builtin", "time", "nice", "exec"}


def run_command(shell: Machine, arguments: list[str], given: str) -> Result:
    """Runs one command with its arguments on the shell's files; `given` is its standard input."""
    with shell.budget.level():
        printed, success = _run(shell, arguments, given)
    return shell.budget.spend_text(printed), success


def _run(shell: Machine, arguments: list[str], given: str) -> Result:
    name, *rest = arguments
    name = posixpath.basename(name)
    if name in _PREFIXES:
        return _prefixed(shell, rest, given)
    if name == "!":
        return _negated(shell, rest, given)
    if name in _COMMANDS:
        return _COMMANDS[name](shell, rest, given)
    if (
        not note_agent(shell, name, rest)
        and name not in _READERS | _TESTS
        and shell.mentions(" ".join([*rest, given]))
    ):
        shell.trouble(f"what {name} does to it is not clear")
    return UNKNOWN, None if name in _TESTS else True


def _prefixed(shell: Machine, rest: list[str], given: str) -> Result:
    """`sudo -u root VAR=1 command ...`: the command behind."""
    while rest and (rest[0].startswith("-") or "=" in rest[0]):
        if rest.pop(0) in ("-u", "-g", "-n") and rest:
            rest.pop(0)
    return run_command(shell, rest, given) if rest else ("", True)


def _negated(shell: Machine, rest: list[str], given: str) -> Result:
    printed, success = run_command(shell, rest, given) if rest else ("", True)
    return printed, None if success is None else not success


def _echo(_: Machine, rest: list[str], _given: str) -> Result:
    end, escapes = "\n", False
    while rest and re.fullmatch("-[neE]+", rest[0]):
        option = rest.pop(0)
        end = "" if "n" in option else end
        escapes = option.rfind("e") > option.rfind("E") if set("eE") & set(option) else escapes
    text = " ".join(rest)
    return (unescaped(text) if escapes else text) + end, True


def _printf(shell: Machine, rest: list[str], _given: str) -> Result:
    if rest[:1] == ["--"]:
        rest.pop(0)
    if not rest or rest[0] == "-v":
        return "", True
    pattern, values = rest[0], rest[1:]
    out, before = "", len(values) + 1
    while not out or len(values) < before:
        before = len(values)
        out += shell.budget.spend_text(_formatted(pattern, values))
        if not values:
            break
    return out, True


def _formatted(pattern: str, values: list[str]) -> str:
    """One pass over a format, which uses up values as it goes."""

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = values.pop(0) if values else ""
        if found[0] in ("%s", "%d", "%i"):
            return value
        return unescaped(value) if found[0] == "%b" else UNKNOWN

    # A value's own backslashes stay, so the format is unescaped between its places and not after filling them.
    pieces = re.split(r"(%%|%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])", pattern)
    return "".join(
        re.sub(r"(?s).+", one, piece) if at % 2 else unescaped(piece) for at, piece in enumerate(pieces)
    )


def _cat(shell: Machine, rest: list[str], given: str) -> Result:
    files = [name for name in rest if name == "-" or not name.startswith("-")]
    return "".join(given if name == "-" else shell.read(name) for name in files or ["-"]), True


def _tee(shell: Machine, rest: list[str], given: str) -> Result:
    append = any(option in ("-a", "--append") for option in rest)
    for name in rest:
        if not name.startswith("-"):
            shell.write(name, given, append=append)
    return given, True


def _touch(shell: Machine, rest: list[str], _given: str) -> Result:
    for name in rest:
        if not name.startswith("-"):
            shell.write(name, "", append=True)
    return "", True


def _remove(shell: Machine, rest: list[str], _given: str) -> Result:
    whole_folders = any(re.fullmatch(r"-\w*[rR]\w*|--recursive", option) for option in rest)
    for name in (name for name in rest if not name.startswith("-")):
        for path in [path for path in shell.files if _names(shell.path(name), path, whole_folders)]:
            del shell.files[path]
    return "", True


def _names(pattern: str, path: str, whole_folders: bool) -> bool:
    """Whether a path with wildcards names a file, or, for whole folders, one that the file is in."""
    wanted, parts = pattern.split("/"), path.split("/")
    enough = len(parts) >= len(wanted) if whole_folders else len(parts) == len(wanted)
    return enough and all(fits(one, part, any_sign="?") for one, part in zip(wanted, parts, strict=False))


def _copy(shell: Machine, rest: list[str], _given: str, *, move: bool = False) -> Result:
    names = [name for name in rest if not name.startswith("-")]
    if len(names) < 2 or any(option in ("-t", "-n", "--no-clobber") for option in rest):
        if shell.mentions(" ".join(rest)):
            shell.trouble("what is copied onto it is not clear")
        return "", True
    *sources, target = names
    folder = target.endswith("/") or shell.path(target) == posixpath.dirname(shell.watched)
    for source in sources:
        text = shell.read(source)
        shell.write(
            posixpath.join(target, posixpath.basename(source)) if folder else target, text, append=False
        )
        if move:
            shell.files.pop(shell.path(source), None)
    return "", True


def _move(shell: Machine, rest: list[str], given: str) -> Result:
    return _copy(shell, rest, given, move=True)


def _change_folder(shell: Machine, rest: list[str], _given: str) -> Result:
    shell.folder = shell.path(rest[0]) if rest else "/root"
    return "", True


def _export(shell: Machine, rest: list[str], _given: str) -> Result:
    for word in rest:
        name, equals, value = word.partition("=")
        if equals:
            shell.variables[name] = value
    return "", True


def _read(shell: Machine, rest: list[str], _given: str) -> Result:
    for name in rest:
        shell.variables[name] = UNKNOWN
    return "", True


def _unset(shell: Machine, rest: list[str], _given: str) -> Result:
    for name in rest:
        shell.variables.pop(name, None)
    return "", True


def _source(shell: Machine, rest: list[str], _given: str) -> Result:
    path = shell.path(rest[0]) if rest else ""
    if path in shell.files and path != shell.watched:
        return shell.run(shell.files[path]), True
    shell.sourced = True
    return UNKNOWN, True


def _shell(shell: Machine, rest: list[str], given: str) -> Result:
    """`bash -c "..."`, `bash <<EOF`, `bash file`: a script in a process of its own."""
    options = [option for option in rest if option.startswith("-")]
    names = [name for name in rest if not name.startswith("-")]
    if names and not any(re.fullmatch(r"-\w*c", option) for option in options):
        script = shell.read(names[0])
    else:
        script = names[0] if names else given
    if UNKNOWN in script:
        if shell.mentions(" ".join([*rest, script])):
            shell.trouble("what an unknown script does to it is not clear")
        return UNKNOWN, True
    return shell.run_apart(script, given if names and script is names[0] else ""), True


def _exit(shell: Machine, _rest: list[str], _given: str) -> Result:
    shell.exited = True
    return "", True


def _install(shell: Machine, rest: list[str], _given: str) -> Result:
    """`install -d` makes folders; as another way to copy it is not followed."""
    if not {"-d", "--directory"} & set(rest) and shell.mentions(" ".join(rest)):
        shell.trouble("what install does to it is not clear")
    return "", True


def _trap(shell: Machine, rest: list[str], _given: str) -> Result:
    trial = shell.copy()
    trial.run(rest[0] if rest else "")
    trial.exited = shell.exited
    shell.trouble_if_changed(trial, "a trap decides whether it is written")
    return "", True


def _fail(_: Machine, _rest: list[str], _given: str) -> Result:
    return "", False


def _nothing(_: Machine, _rest: list[str], _given: str) -> Result:
    return "", True


_COMMANDS: dict[str, Callable[[Machine, list[str], str], Result]] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": _tee,
    **dict.fromkeys(("grep", "egrep", "fgrep"), search),
    "base64": decode,
    "touch": _touch,
    "rm": _remove,
    "cp": _copy,
    "mv": _move,
    "sed": edit,
    "cd": _change_folder,
    "export": _export,
    "declare": _export,
    "local": _export,
    "readonly": _export,
    "read": _read,
    "unset": _unset,
    "false": _fail,
    "source": _source,
    ".": _source,
    "bash": _shell,
    "sh": _shell,
    "exit": _exit,
    "trap": _trap,
    "install": _install,
    **dict.fromkeys((":", "true", "set", "shopt", "mkdir", "sleep", "umask", "wait"), _nothing),
}
