"""The imports of the module that controls a sandbox."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_control_needs_neither_moto_nor_botocore() -> None:
    """`labs sandbox status` answers at once: nothing heavy is imported."""
    code = "import sys, labs.sandbox.control; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"moto", "boto3", "botocore", "flask", "werkzeug", "msgspec", "rich", "time_machine"}
    assert heavy & set(shlex.split(ran.stdout)) == set()
