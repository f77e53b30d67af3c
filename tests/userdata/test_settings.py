"""Settings as ecs-init reads them, and properties of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.userdata import read, settings
from tests.userdata.scripts import F, bash


def test_settings_are_read_as_ecs_init_reads_them() -> None:
    """Lines are trimmed and split at the first sign; comments and lines without a sign are no settings."""
    text = '\n#A=1\n  B = 2 \nC="3=3"\nexport D=4\nE\nB=5\n'
    assert settings(text) == {"B ": " 2", "C": '"3=3"', "export D": "4", "B": "5"}


@pytest.mark.slow
@given(st.text(alphabet="abC=$\"'`\\|&;<>(){}#\n -*", max_size=60))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    """Whatever stands in a script, reading it gives settings or a reason."""
    boot = read("#!/bin/bash\n" + text + f"\necho ECS_CLUSTER=x > {F}\n")
    assert (boot.config is None) == (boot.unclear is not None)


@pytest.mark.slow
@given(st.binary(max_size=80))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    """User data need not be text at all."""
    boot = read(data)
    assert (boot.config is None) == (boot.unclear is not None)


@pytest.mark.slow
@given(
    st.dictionaries(
        st.from_regex(r"\AECS_[A-Z]{1,8}\Z"), st.from_regex(r"\A[a-z0-9 $\"'`]{0,8}[a-z]\Z"), max_size=4
    )
)
def test_a_quoted_heredoc_is_literal(values: dict[str, str]) -> None:
    """The text of a quoted here-document arrives in the file as it is."""
    lines = [f"{key}={value}" for key, value in values.items()]
    assert read(bash(f"cat <<'EOF' > {F}", *lines, "EOF")).config == values
