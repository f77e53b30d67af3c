"""Settings are known one by one: a condition about one of them clouds no other."""

from __future__ import annotations

import pytest

from labs.userdata import Unclear, read
from tests.userdata.scripts import BOTH, ROLE, F, X, bash

JOIN = f"echo ECS_CLUSTER=x >> {F}"
GPU = "ECS_ENABLE_GPU_SUPPORT"


@pytest.mark.parametrize(
    "lines",
    [
        [JOIN, f"if [ -e /dev/nvidia0 ]; then echo {GPU}=true >> {F}; fi"],
        [f"if [ -e /dev/nvidia0 ]; then echo {GPU}=true >> {F}; fi", JOIN],
        [JOIN, f"[ -e /dev/nvidia0 ] && echo {GPU}=true >> {F}"],
        [JOIN, f"if a; then echo {GPU}=true >> {F}; else echo {GPU}=false >> {F}; fi"],
        [JOIN, f"case $(uname -m) in x86_64) echo {GPU}=true >> {F};; *) echo {GPU}=false >> {F};; esac"],
        [f"if a; then echo ECS_CLUSTER=x >> {F}; echo {GPU}=1 >> {F}; else echo ECS_CLUSTER=x >> {F}; fi"],
        [JOIN, f"for gpu in $(lspci); do echo {GPU}=true >> {F}; done"],
    ],
)
def test_a_condition_clouds_only_its_own_setting(lines: list[str]) -> None:
    boot = read(bash(*lines))
    assert boot.cluster == "x"
    with pytest.raises(Unclear):
        boot[GPU]


@pytest.mark.parametrize(
    ("lines", "config"),
    [
        ([f"grep -qxF ECS_CLUSTER=x {F} || echo ECS_CLUSTER=x >> {F}"], X),
        ([JOIN, f"grep -qxF ECS_CLUSTER=x {F} || echo ECS_CLUSTER=y >> {F}"], X),
        ([JOIN, f"grep -qx ECS_CLUSTER {F} || echo {ROLE} >> {F}"], BOTH),
        ([f"for l in ECS_CLUSTER=x {ROLE}; do grep -qxF \"$l\" {F} || echo \"$l\" >> {F}; done"], BOTH),
        ([JOIN, f"if a; then echo A=b >> {F}; fi", f"grep -q ^ECS_CLUSTER= {F} || echo ECS_CLUSTER=y >> {F}"],
         X | {"A": "\0"}),
        ([f"if false; then echo ECS_CLUSTER=y >> {F}; else {JOIN}; fi"], X),
        ([f"if true; then {JOIN}; fi"], X),
        ([f"case a in *) {JOIN};; esac"], X),
        ([f"[ -d /etc/ecs ] || exit 1; {JOIN}"], X),
        ([f"if a; then echo ECS_CLUSTER=y >> {F}; fi", f"echo ECS_CLUSTER=x >> {F}"], X),
    ],
)  # fmt: skip
def test_a_setting_that_all_ways_leave_alike_is_known(lines: list[str], config: dict[str, str]) -> None:
    assert read(bash(*lines)).config == config


def test_a_line_without_an_end_in_one_branch_clouds_the_file() -> None:
    """Text that follows joins that line, so the file cannot be compared setting by setting."""
    assert read(bash(f"if a; then printf A=b >> {F}; fi", JOIN)).config is None
