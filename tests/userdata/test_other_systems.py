"""User data of Bottlerocket and of Windows."""

from __future__ import annotations

import pytest

from labs.userdata import BOTTLEROCKET, LINUX, WINDOWS, Unclear, read

ROLE = "ECS_ENABLE_TASK_IAM_ROLE"


def powershell(*lines: str) -> str:
    return "\n".join(["<powershell>", "Import-Module ECSTools", *lines, "</powershell>"])


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ('[settings.ecs]\ncluster = "x"\n', {"ECS_CLUSTER": "x"}),
        ('# mine\n\n[settings]\necs = { cluster = "x", loglevel = "info" }\n', {"ECS_CLUSTER": "x"}),
        ('settings.ecs.cluster = "x"\n', {"ECS_CLUSTER": "x"}),
        ("[settings.host-containers.admin]\nenabled = true\n", {}),
        ("[settings.ecs]\ncluster = 3\n", {}),
    ],
)
def test_bottlerocket_names_the_cluster_in_toml(text: str, config: dict[str, str]) -> None:
    boot = read(text)
    assert (boot.system, boot.script, boot.config) == (BOTTLEROCKET, False, config)


@pytest.mark.parametrize("text", ["[settings.ecs\ncluster = 1", "settings", "#!/bin/bash\n# settings.ecs\n"])
def test_other_text_is_not_of_bottlerocket(text: str) -> None:
    assert read(text).system == LINUX


@pytest.mark.parametrize(
    ("lines", "config"),
    [
        (["Initialize-ECSAgent -Cluster x"], {"ECS_CLUSTER": "x"}),
        (["Initialize-ECSAgent -Cluster 'x' -EnableTaskIAMRole"], {"ECS_CLUSTER": "x", ROLE: "true"}),
        (["initialize-ecsagent -EnableTaskIAMRole `", '  -cluster:"x"'], {"ECS_CLUSTER": "x", ROLE: "true"}),
        (["Initialize-ECSAgent -EnableTaskIAMRole:$false"], {}),
        (["# Initialize-ECSAgent -Cluster x"], {}),
        ([], {}),
    ],
)
def test_windows_initializes_the_agent(lines: list[str], config: dict[str, str]) -> None:
    boot = read(powershell(*lines))
    assert (boot.system, boot.config) == (WINDOWS, config)


def test_windows_user_data_of_the_cdk() -> None:
    """The CDK writes the end of the script on the line of its last command."""
    boot = read(
        "<powershell>Import-Module ECSTools\nInitialize-ECSAgent -Cluster x -EnableTaskIAMRole</powershell>"
    )
    assert boot.config == {"ECS_CLUSTER": "x", ROLE: "true"}


@pytest.mark.parametrize(
    "lines",
    [
        ["Initialize-ECSAgent -Cluster $name"],
        ["Initialize-ECSAgent @arguments"],
        ["if ($a) {", "  Initialize-ECSAgent -Cluster x", "}"],
        ["Initialize-ECSAgent -Cluster x", "Initialize-ECSAgent -Cluster y"],
    ],
)
def test_a_powershell_that_decides_is_unclear(lines: list[str]) -> None:
    with pytest.raises(Unclear):
        _ = read(powershell(*lines)).cluster
