"""Limits that Linux sets to a process hold where Python's audit hook sees nothing."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

CREATE_RULESET, VERSION = 444, 1
LANDLOCK = sys.platform == "linux" and ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, VERSION) > 0

UNSEEN = """
import ctypes, os, sys
from labs.system.audit_hook import library_folders
from labs.system.kernel_limits import limit_process
libc = ctypes.CDLL(None)
limit_process(library_folders())
read = libc.open(sys.argv[1].encode(), 0)
written = libc.open(sys.argv[2].encode(), 0o101, 0o600)
run = libc.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None))
import decimal, sqlite3, ssl
print(read, written, run, libc.socket(1, 1, 0), libc.kill(os.getppid(), 0))
"""

OUTLIVES = """
import os, signal
from labs.system.kernel_limits import limit_process
told, tell = os.pipe()
if os.fork():
    os.read(told, 1)
    os._exit(0)
limit_process([])
os.write(tell, b"x")
while True:
    signal.pause()
"""

pytestmark = pytest.mark.process


@pytest.mark.skipif(not LANDLOCK, reason="this kernel has no Landlock")
def test_libc_finds_no_file_program_socket_or_process(tmp_path: Path) -> None:
    """A socket in the file system, as Docker's, needs no network. Python still imports its own modules."""
    secret = tmp_path / "secret"
    secret.write_text("")
    command = [sys.executable, "-c", UNSEEN, secret, tmp_path / "new"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "-1 -1 -1 -1 -1\n", done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with the one that started it")
def test_a_limited_process_ends_with_the_one_that_started_it() -> None:
    """However that ends; this returns only when nobody holds its standard output any more."""
    subprocess.run([sys.executable, "-c", OUTLIVES], capture_output=True, check=True, timeout=60)
