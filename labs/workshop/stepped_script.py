"""Runs a lab's script one AWS call at a time, as a learner would type it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from labs.sandbox.client.shell import without_own
from labs.sandbox.commands import AwsCli

PRELUDE = """\
trap 'echo end >&"$STEP_ANSWERS"' EXIT
aws() {
  local code=0
  read -r _ <&"$STEP_TOKENS" || kill -9 $$
  command aws "$@" || code=$?
  echo call >&"$STEP_ANSWERS"
  return "$code"
}
. "$STEPPED_SCRIPT"
"""
"""A shell function `aws` that waits for a line from the owner before each call, and answers with a line after it."""


class SteppedScript:
    """A script whose AWS calls are released by `step`; it prints to the file `output`."""

    def __init__(self, cli: AwsCli, script: Path, environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="labs-step-", ignore_cleanup_errors=True)
        self.output = Path(self._folder.name, "output")
        tokens, self._give = os.pipe()
        answers, answering = os.pipe()
        self._answers = os.fdopen(answers, "r", encoding="utf-8")
        given = {"PATH": cli.path(), "HOME": self._folder.name, "STEPPED_SCRIPT": str(script.resolve())}
        given |= {"STEP_TOKENS": str(tokens), "STEP_ANSWERS": str(answering)}
        with self.output.open("wb") as output:
            self._bash = subprocess.Popen(  # noqa: S603 - the script is a lab's own
                ["bash", "-eu", "-o", "pipefail", "-c", PRELUDE],  # noqa: S607 - whichever bash the user has
                cwd=self._folder.name,
                env={**without_own(os.environ), **given, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(tokens, answering),
                start_new_session=True,
            )
        os.close(tokens)
        os.close(answering)

    def step(self) -> bool:
        """Lets the script make its next call and waits for it. Returns False if there was none left."""
        try:
            os.write(self._give, b"\n")
        except BrokenPipeError:
            return False
        return self._answers.readline() == "call\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Aborts the script."""
        os.close(self._give)
        self._bash.wait()
        self._answers.close()
        self._folder.cleanup()
