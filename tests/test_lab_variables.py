"""How a lab's parameters reach its scripts."""

from __future__ import annotations

import subprocess

import pytest

from labs.lab import variable


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [("cluster", "CLUSTER"), ("family_writer", "FAMILY_WRITER"), ("random", "RANDOM_"), ("path", "PATH_")],
)
def test_a_parameter_is_a_variable_in_upper_case_that_no_shell_uses_itself(
    parameter: str, expected: str
) -> None:
    assert variable(parameter) == expected


@pytest.mark.parametrize("parameter", ["random", "seconds", "lineno", "uid", "groups"])
def test_bash_hands_out_the_value_of_a_parameter_whatever_its_name(parameter: str) -> None:
    """Bash makes up $RANDOM and its like, whatever the environment says."""
    name = variable(parameter)
    ran = subprocess.run(
        ["bash", "-c", f'echo "${name}"'], env={name: "dice"}, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "dice\n"
