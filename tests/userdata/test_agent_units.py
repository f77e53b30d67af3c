"""Commands that stop or start the agent."""

from __future__ import annotations

import pytest

from labs.userdata import read
from tests.userdata.scripts import F, bash

STOPPED = [
    ("systemctl-stop", ["systemctl stop ecs"], True),
    ("sudo", ["sudo systemctl stop ecs.service"], True),
    ("mask", ["systemctl mask --now ecs"], True),
    ("disable", ["systemctl disable --now ecs"], True),
    ("upstart", ["stop ecs"], True),
    ("docker", ["service docker stop"], True),
    ("docker-systemctl", ["systemctl stop docker docker.socket"], True),
    ("container", ["docker stop ecs-agent"], True),
    ("removed", ["yum remove -y ecs-init"], True),
    ("stopped-then-started", ["systemctl stop ecs", "systemctl start ecs"], False),
    ("restarted", ["systemctl restart ecs"], False),
    ("started-then-stopped", ["systemctl start ecs", "systemctl stop ecs"], True),
    ("enabled", ["systemctl enable --now ecs"], False),
    ("another-unit", ["systemctl stop sshd", "systemctl mask postfix"], False),
    ("in-a-comment", ["# systemctl stop ecs"], False),
    ("in-a-text", ["echo systemctl stop ecs"], False),
]


@pytest.mark.parametrize(("lines", "stopped"), [c[1:] for c in STOPPED], ids=[c[0] for c in STOPPED])
def test_what_stops_the_agent(lines: list[str], stopped: bool) -> None:
    """A script that stops the agent, or docker under it, leaves an instance that never registers."""
    boot = read(bash(f"echo ECS_CLUSTER=x >> {F}", *lines))
    assert (boot.agent_stopped, boot.cluster) == (stopped, "x")


@pytest.mark.parametrize(
    ("lines", "deadlock"),
    [
        (["systemctl restart ecs"], "systemctl restart ecs"),
        (["sudo systemctl start ecs.service"], "systemctl start ecs.service"),
        (["service ecs start"], "service ecs start"),
        (["systemctl enable --now ecs"], "systemctl enable --now ecs"),
        (["systemctl stop ecs", "systemctl start ecs"], "systemctl start ecs"),
        (["if a; then systemctl start ecs; else systemctl start ecs; fi"], "systemctl start ecs"),
        (["start_it() { systemctl start ecs; }", "start_it"], "systemctl start ecs"),
        (["systemctl restart --no-block ecs"], ""),
        (["systemctl enable --now --no-block ecs.service"], ""),
        (["systemctl start ecs &"], ""),
        (["(sleep 60; systemctl start ecs) &"], ""),
        (["sleep 60 && systemctl start ecs &"], ""),
        (["systemctl enable ecs"], ""),
        (["systemctl try-restart ecs"], ""),
        (["start ecs"], ""),
        (["systemctl restart docker"], ""),
        (["if a; then systemctl start ecs; fi"], ""),
        (["echo systemctl restart ecs"], ""),
        (
            [
                "sudo sed -i '/After=cloud-final.service/d' /etc/systemd/system/ecs.service",
                "systemctl start ecs",
            ],
            "",
        ),
    ],
)
def test_a_start_that_waits_for_the_agent_is_a_deadlock(lines: list[str], deadlock: str) -> None:
    """The unit of the agent has After=cloud-final.service, and cloud-init waits for the script."""
    boot = read(bash(f"echo ECS_CLUSTER=x >> {F}", *lines))
    assert (boot.deadlock, boot.cluster) == (deadlock, "x")


def test_a_deadlock_in_a_cloud_config_is_one() -> None:
    assert read("#cloud-config\nruncmd:\n  - [systemctl, start, ecs]\n").deadlock == "systemctl start ecs"
