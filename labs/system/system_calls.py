"""A seccomp filter for the system calls that a confined process never makes.

Landlock covers files, and an empty network namespace covers addresses. A socket in the file system, such as Docker's,
is neither. https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import os
import struct
from errno import EPERM

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | EPERM
_NUMBER, _ARCHITECTURE = 0, 4
"""Offsets in the data that the kernel passes to a filter."""
_X32 = 0x40000000
"""System call numbers from here on belong to the x32 interface."""

_REFUSED = {
    "x86_64": (
        0xC000003E,
        {
            "socket": 41,
            "connect": 42,
            "execve": 59,
            "kill": 62,
            "ptrace": 101,
            "tkill": 200,
            "tgkill": 234,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "execveat": 322,
            "pidfd_send_signal": 424,
            "io_uring_setup": 425,
            "pidfd_getfd": 438,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "ptrace": 117,
            "kill": 129,
            "tkill": 130,
            "tgkill": 131,
            "socket": 198,
            "connect": 203,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "execve": 221,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "execveat": 281,
            "pidfd_send_signal": 424,
            "io_uring_setup": 425,
            "pidfd_getfd": 438,
        },
    ),
}
"""For each machine, its architecture number in the kernel's audit interface, and the numbers of the refused calls."""


def refuse_system_calls(libc: ctypes.CDLL) -> None:
    """Makes the kernel refuse sockets, programs, signals and other processes' memory permanently, if it can.

    The process must have set `no_new_privs`, and have only one thread.
    """
    machine = os.uname().machine
    if machine not in _REFUSED:
        return
    steps = _filter(*_REFUSED[machine])
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    pointer = struct.pack("@HP", len(steps), ctypes.addressof(program))
    libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, pointer, 0, 0)


def _filter(architecture: int, refused: dict[str, int]) -> list[tuple[int, int, int, int]]:
    """The instructions: code, jump if true, jump if false, value. The last one refuses, the one before it allows."""
    numbers = sorted(refused.values())
    count = len(numbers)
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 0, count + 3, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_AT_LEAST, count + 1, 0, _X32),
        *((_JUMP_IF_EQUAL, count - place, 0, number) for place, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
