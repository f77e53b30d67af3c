"""The state of the shell after a lab's solution: its variables, functions and files.

Most mistakes begin with the whole solution. With this state, and the world that the solution left, such a script goes
on from there instead of repeating the solution's calls.
"""

from __future__ import annotations

import shlex
from pathlib import Path

SOLUTION = '. "$LAB/solution.sh"\n'
"""The first line of a script that begins with the solution."""

_KEEP = r"""
keep_shell_state() {
  [[ $- == "$options_before" && $(declare -px) == "$exported_before" ]] || return 0
  mkdir "$1"
  cp -R . "$1/files"
  local each
  for each in $(compgen -v); do
    [[ $'\n'$known_before$'\n' == *$'\n'$each$'\n'* ]] || declare -p "$each"
  done > "$1/variables.sh"
  declare -f > "$1/functions.sh"
}
keep_shell_state """
_BEFORE = "options_before=$- exported_before=$(declare -px) known_before=$(compgen -v); "


def keeping(solution: Path, folder: Path) -> str:
    """The solution's text, which at its end stores the state of its shell in this folder.

    Nothing is stored if it changed a variable that it was given, or an option: a later shell has its own.
    """
    return f"{_BEFORE}{solution.read_text(encoding='utf-8')}{_KEEP}{shlex.quote(str(folder))}\n"


def continues(script: Path) -> bool:
    """Whether a script begins with the whole solution."""
    return script.read_text(encoding="utf-8").startswith(SOLUTION)


def resumed(script: Path, folder: Path) -> str:
    """The text of a script that `continues`, with the stored state in place of the solution."""
    state = shlex.quote(str(folder))
    restore = f"cp -R {state}/files/. .; . {state}/variables.sh; . {state}/functions.sh\n"
    return restore + script.read_text(encoding="utf-8").removeprefix(SOLUTION)
