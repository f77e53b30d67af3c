"""Limits that the Linux kernel enforces on this process, if it supports them: sockets, programs, files.

Unlike an audit hook, they also stop code that modifies Python. A limit that the kernel lacks is left out silently: the
audit hook works on every system.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import Iterable
from typing import Any

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of Landlock's system calls, on every architecture."""
_ALL_ACCESS = (1 << 13) - 1
"""All file accesses of Landlock's first version: reading, writing, executing, creating, removing."""
_READ = (1 << 2) | (1 << 3)
"""Reading files and folders."""
_PATH_BENEATH = 1
_LIBRARIES = ("/usr", "/lib", "/lib64", "/opt", "/nix", "/etc/ld.so.cache")
"""The folders of the shared libraries that Python's modules load."""


def limit_process(readable: Iterable[str]) -> None:
    """Denies this process network, programs and other files, as far as the kernel can. No thread may have started."""
    if sys.platform != "linux":
        return
    import ctypes

    from labs.system.system_calls import refuse_system_calls

    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # with the thread that started this process
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # an empty network, where users may make one
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        _restrict_files(libc, {os.path.realpath(each) for each in (*readable, *_LIBRARIES) if each})
        refuse_system_calls(libc)


def _restrict_files(libc: Any, readable: Iterable[str]) -> None:
    """By Landlock: https://docs.kernel.org/userspace-api/landlock.html."""
    attributes = struct.pack("=Q", _ALL_ACCESS)
    rules = libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return  # a kernel without Landlock
    for path in readable:
        try:
            file = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # what is not there needs no rule
        access = _READ if os.path.isdir(path) else _READ & ~(1 << 3)  # noqa: PTH112
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", access, file), 0)
        os.close(file)
    libc.syscall(_RESTRICT_SELF, rules, 0)
    os.close(rules)
