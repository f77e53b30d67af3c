"""How a lab's parameters reach its scripts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from labs.content.lab import Lab, variable
from labs.show import brief
from tests.builders import lab


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


@pytest.mark.parametrize(
    "value", ["plain", "two words", "it's $(id)", "\x1b[2J", "it's\n$(id) \\ `id`", "Zoë\u200f'"]
)
def test_a_script_to_paste_quotes_values_and_shows_no_controls(tmp_path: Path, value: str) -> None:
    """No part of a name is run, whoever thought of it."""
    made = lab("there")
    (tmp_path / "solution.sh").write_text('printf %s "$NAME"')
    message = brief.script(Lab("toy", tmp_path, made.task), "solution", {"name": value})
    assert all(line.isprintable() for line in message.split("\n"))
    assert subprocess.run(["bash", "-c", message], capture_output=True, text=True, check=True).stdout == value


@pytest.mark.parametrize("value", ["shop-{account}", "{account}-it's {region}", "{region}"])
def test_a_script_to_paste_asks_for_account_and_region(tmp_path: Path, value: str) -> None:
    """Whoever pastes it may be in any account."""
    (tmp_path / "solution.sh").write_text('printf %s "$NAME"')
    message = brief.script(Lab("toy", tmp_path, lab("there").task), "solution", {"name": value})
    aws = "aws() { echo 111122223333; }; AWS_REGION=eu-west-1\n"
    ran = subprocess.run(["bash", "-c", aws + message], capture_output=True, text=True, check=True)
    assert ran.stdout == value.format(account="111122223333", region="eu-west-1")


def test_what_labs_share_is_printed_with_the_script(tmp_path: Path) -> None:
    """The printed commands can be copied: a file beside the lab, which the script reads, stands in its place."""
    made = lab("there")
    folder = tmp_path / "toy"
    folder.mkdir()
    (tmp_path / "retry.sh").write_text("retry_while() {\n  :\n}\n")
    (folder / "solution.sh").write_text('. "$LAB/../retry.sh"\n\nretry_while x echo "$NAME"\n')
    printed = brief.script(Lab("toy", folder, made.task), "solution", {"name": "n"})
    assert printed == 'NAME=n\n\nretry_while() {\n  :\n}\n\nretry_while x echo "$NAME"'
