"""The commands with which boot scripts write files, as far as they affect a file's content."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from labs.userdata.agent import note_agent
from labs.userdata.config import UNKNOWN
from labs.userdata.file_commands import (
    change_folder,
    copy,
    install,
    make_folders,
    move,
    remove,
    temporary,
    touch,
    truncate,
)
from labs.userdata.filesystem import Result
from labs.userdata.stream_editor import edit
from labs.userdata.syntax import BETWEEN
from labs.userdata.texts import decide, decode, echo, folder_of, print_formatted, search

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_READERS = {
    *("chmod", "chown", "chgrp", "stat", "ls", "file", "logger", "diff", "wc", "head", "tail", "cut"),
    *("md5sum", "sync", "restorecon"),
}
_CONFIGURING = {"cfn-init", "ansible-playbook", "ansible-pull", "chef-client", "puppet"}
"""Programs that set up an instance from elsewhere: cfn-init does it from the metadata of a CloudFormation stack."""
_OF_THE_IMAGE = ("/bin/", "/etc/", "/opt/aws/", "/sbin/", "/usr/")
_PREFIXES = {"sudo", "env", "nohup", "command", "builtin", "time", "nice", "exec"}


def run_command(shell: Machine, arguments: list[str], given: str) -> Result:
    """Runs one command with its arguments on the shell's files; `given` is its standard input."""
    with shell.budget.level():
        printed, success = _run(shell, arguments, given)
    return shell.budget.spend_text(printed), success


def _run(shell: Machine, arguments: list[str], given: str) -> Result:
    called, *rest = arguments
    if "/" in called and shell.path(called) in shell.files:
        return _shell(shell, arguments, given)
    elsewhere = "/" in called and not called.startswith(_OF_THE_IMAGE)
    name = called if elsewhere else posixpath.basename(called)
    if name in _PREFIXES:
        return _prefixed(shell, name, rest, given)
    if name == "!":
        return _negated(shell, rest, given)
    if name in _COMMANDS:
        return _COMMANDS[name](shell, rest, given)
    if name == "-" or name.endswith(":"):  # YAML, which bash takes for commands that do not exist
        return "", False
    shown = "an unknown program" if UNKNOWN in name else name
    if (
        not note_agent(shell, name, rest)
        and name not in _READERS
        and shell.mentions(" ".join([*rest, given]))
    ):
        shell.trouble(f"what {shown} does to it is not clear")
    elif name in _CONFIGURING or elsewhere:
        shell.unread = shown
    return UNKNOWN, True


def _prefixed(shell: Machine, name: str, rest: list[str], given: str) -> Result:
    """`sudo -u root VAR=1 command ...`: runs the command. Without -E, sudo passes on no other variables."""
    before = shell.exported
    kept = before if name != "sudo" or {"-E", "--preserve-env"} & set(rest) else frozenset()
    values: dict[str, str] = {}
    while rest and (rest[0].startswith("-") or "=" in rest[0]):
        word = rest.pop(0)
        if not word.startswith("-"):
            key, _, values[key] = word.partition("=")
        elif word in ("-u", "-g", "-n") and rest:
            rest.pop(0)
    shell.exported = kept
    if not rest:
        return (shell.run_apart(given) if name == "sudo" else UNKNOWN if name == "env" else ""), True
    found = shell.run_with(values, lambda: run_command(shell, rest, given))
    shell.exported |= before
    shell.exited = shell.exited or name == "exec"
    return found


def _per(shell: Machine, rest: list[str], given: str) -> Result:
    """`cloud-init-per once NAME command ...`: the command behind."""
    return run_command(shell, rest[2:], given) if rest[2:] else ("", True)


def _negated(shell: Machine, rest: list[str], given: str) -> Result:
    printed, success = run_command(shell, rest, given) if rest else ("", True)
    return printed, None if success is None else not success


def _cat(shell: Machine, rest: list[str], given: str) -> Result:
    files = [name for name in rest if name == "-" or not name.startswith("-")]
    return "".join(given if name == "-" else shell.read(name) for name in files or ["-"]), True


def _tee(shell: Machine, rest: list[str], given: str) -> Result:
    append = any(re.fullmatch(r"-\w*a\w*|--append", option) for option in rest)
    for name in rest:
        if not name.startswith("-"):
            shell.write(name, given, append=append)
    return given, True


def _export(shell: Machine, rest: list[str], given: str) -> Result:
    shell.exported |= {word.partition("=")[0] for word in rest}
    return _assign(shell, rest, given)


def _declare(shell: Machine, rest: list[str], given: str) -> Result:
    """`local` and `declare`: in a function, the variables are local."""
    shell.own |= {word.partition("=")[0] for word in rest}
    return (_export if "-x" in rest else _assign)(shell, rest, given)


def _assign(shell: Machine, rest: list[str], _given: str) -> Result:
    for word in rest:
        name, equals, value = word.partition("=")
        if equals:
            assign(shell, name, value)
    return "", True


def assign(shell: Machine, name: str, value: str) -> None:
    """Sets a variable. Assigning to an existing array, or to an unknown name, is not followed."""
    whole = f"{name}[@]"
    if whole in shell.variables or UNKNOWN in value:
        shell.variables[whole] = UNKNOWN
    shell.variables[name] = value


_LETTERS = {"errexit": "e", "nounset": "u", "allexport": "a", "noexec": "n", "pipefail": "pipefail"}


def _set(shell: Machine, rest: list[str], _given: str) -> Result:
    """`set -eu -o pipefail`: the options that decide when a script ends and what it exports.

    After `set -n`, bash reads the rest of a script without running it.
    """
    if not rest:
        return UNKNOWN, True
    for word, following in zip(rest, [*rest[1:], ""], strict=False):
        letters = {_LETTERS.get(following, "")} if word[1:].endswith("o") else set()
        letters |= set(word[1:])
        if word.startswith("-"):
            shell.options |= letters
        elif word.startswith("+"):
            shell.options -= letters
    shell.exited = shell.exited or "n" in shell.options
    return "", True


def _return(shell: Machine, _rest: list[str], _given: str) -> Result:
    shell.returned = True
    return "", True


def _lines(shell: Machine, rest: list[str], given: str) -> Result:
    """`mapfile -t NAME`: the lines of its input as an array."""
    clear = len(rest) == 2 and rest[0] == "-t" and UNKNOWN not in given
    shell.variables[f"{rest[-1] if rest else 'MAPFILE'}[@]"] = (
        BETWEEN.join(given.splitlines()) if clear else UNKNOWN
    )
    return "", True


def _read(shell: Machine, rest: list[str], _given: str) -> Result:
    for name in rest:
        shell.variables[name] = UNKNOWN
    return "", True


def _unset(shell: Machine, rest: list[str], _given: str) -> Result:
    for name in rest:
        shell.variables.pop(name, None)
        shell.variables.pop(f"{name}[@]", None)
    return "", True


def _source(shell: Machine, rest: list[str], _given: str) -> Result:
    path = shell.path(rest[0]) if rest else ""
    if path in shell.files and path != shell.watched:
        return shell.run(shell.files[path]), True
    shell.sourced = True
    if not path.startswith(_OF_THE_IMAGE) and not posixpath.basename(path).startswith("."):  # not ~/.bashrc
        shell.unread = rest[0] if rest and UNKNOWN not in rest[0] else "an unknown script"
    return UNKNOWN, True


def _shell(shell: Machine, rest: list[str], given: str) -> Result:
    """`bash -c "..."`, `bash <<EOF`, `bash file ARGUMENT`: a script in a separate process."""
    words = list(rest)
    options: list[str] = []
    while words and words[0].startswith("-"):
        options.append(words.pop(0))
        if options[-1].endswith("o") and words:
            words.pop(0)
    inline = any(re.fullmatch(r"-\w*c", option) for option in options)
    if any(re.fullmatch(r"-\w*n\w*", option) for option in options):  # it only checks the syntax
        return "", True
    if "-s" in options:
        return shell.run_apart(given, "", words), True
    first, *arguments = words or [""]
    script = (first if inline else shell.read(first)) if words else given
    if UNKNOWN in script:
        if shell.mentions(" ".join([*rest, given, script])):
            shell.trouble("what an unknown script does to it is not clear")
        shell.unread = "an unknown script"
        return UNKNOWN, True
    # After `-c SCRIPT` comes its name, and only then the arguments.
    return shell.run_apart(script, given if words else "", arguments[1:] if inline else arguments), True


def _exit(shell: Machine, rest: list[str], _given: str) -> Result:
    shell.exited = True
    return "", rest in ([], ["0"])


def _misplaced(shell: Machine, _rest: list[str], _given: str) -> Result:
    """`fi` without `if`: bash stops there, which the grammar does not detect."""
    shell.trouble("its syntax is not understood")
    return "", False


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
    "echo": echo,
    "printf": print_formatted,
    "cat": _cat,
    "tee": _tee,
    **dict.fromkeys(("grep", "egrep", "fgrep"), search),
    "base64": decode,
    "dirname": folder_of,
    "touch": touch,
    "truncate": truncate,
    "rm": remove,
    "cp": copy,
    "mv": move,
    "sed": edit,
    "cd": change_folder,
    "export": _export,
    **dict.fromkeys(("declare", "local", "typeset"), _declare),
    "readonly": _assign,
    "set": _set,
    "return": _return,
    **dict.fromkeys(("[", "[[", "test"), decide),
    "read": _read,
    **dict.fromkeys(("mapfile", "readarray"), _lines),
    **dict.fromkeys(("fi", "done", "then", "do", "else", "elif", "esac"), _misplaced),
    "unset": _unset,
    "false": _fail,
    "cloud-init-per": _per,
    "source": _source,
    ".": _source,
    "bash": _shell,
    "sh": _shell,
    "exit": _exit,
    "trap": _trap,
    "install": install,
    "mkdir": make_folders,
    "mktemp": temporary,
    **dict.fromkeys((":", "true", "shopt", "sleep", "umask", "wait"), _nothing),
}
