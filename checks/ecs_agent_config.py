"""Agent configuration by user data: the settings that the first boot writes to /etc/ecs/ecs.config."""

from __future__ import annotations

from labs.sdk import Account, CannotTell, Check, Failed, Names, Objective, Outcome, Passed, userdata

from . import _agent, _ec2, _ecs, _leftovers
from ._ec2 import Ec2Host

CLUSTER = "ECS_CLUSTER"
TASK_ROLES = "ECS_ENABLE_TASK_IAM_ROLE"
CAPABILITY = "com.amazonaws.ecs.capability.task-iam-role"
_AT_THE_AGENT = (
    "containerInstances[].[ec2InstanceId, status, agentConnected]",
    "containerInstances[].attributes[].name",
)
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
"""The spellings of true: the agent reads the setting with Go's strconv.ParseBool."""


def user_data_is_a_script(account: Account, lab: Names) -> Outcome:
    """An instance of this name is running, and its user data contains a shell script."""
    running = _ec2.instance_runs(account, lab["instance"])
    return running if isinstance(running, Failed) else _host(_has_a_script)(account, lab)


def _has_a_script(account: Account, host: Ec2Host) -> Outcome:
    boot = _ec2.boot(account, host.id)
    if boot.script:
        return Passed(f"the user data of {host.id} contains a shell script", evidence="UserData.Value")
    return Failed(
        found=f"no shell script in the user data of {host.id}",
        expected="user data that is a shell script, or a multipart archive with one",
        hint="cloud-init runs a script only if the first line starts with #! and the path of a shell.",
        evidence="UserData.Value",
    )


def user_data_sets_the_cluster(account: Account, host: Ec2Host) -> Outcome:
    """The user data sets the cluster name in the configuration of the agent.

    Where that is not clear, an agent that is registered in the cluster has read the name there.
    """
    cluster = host.lab["cluster"]
    try:
        return _setting_in_config(account, host, CLUSTER, cluster, frozenset({cluster}))
    except CannotTell:
        if not _attributes_if_there(account, host):
            raise
    return Passed(
        f"the agent of {host.id} is registered in {cluster} (as reported by the agent)",
        evidence=_AT_THE_AGENT,
    )


def user_data_enables_task_roles(account: Account, host: Ec2Host) -> Outcome:
    """The user data enables task roles in the configuration of the agent, or the agent reports them."""
    try:
        return _setting_in_config(account, host, TASK_ROLES, "true", _TRUE)
    except CannotTell:
        if CAPABILITY not in _attributes_if_there(account, host):
            raise
    return Passed(
        f"the agent of {host.id} reports {CAPABILITY} (as reported by the agent)", evidence=_AT_THE_AGENT
    )


def _attributes(account: Account, host: Ec2Host) -> frozenset[str]:
    """The names of the attributes that the agent reports in the cluster; empty if it is not registered there."""
    connected = _ecs.connected_instances(account, host.lab["cluster"])
    own = [each for each in connected if each["ec2InstanceId"] == host.id]
    return frozenset(attribute["name"] for each in own for attribute in each["attributes"])


def _attributes_if_there(account: Account, host: Ec2Host) -> frozenset[str]:
    """The same; empty, too, where there is no ACTIVE cluster of this name."""
    if isinstance(_ecs.cluster_is_active(account, host.lab["cluster"]), Failed):
        return frozenset()
    return _attributes(account, host)


def _setting_in_config(
    account: Account, host: Ec2Host, key: str, wanted: str, right: frozenset[str]
) -> Outcome:
    boot = _ec2.boot(account, host.id)
    value = _ec2.setting(boot, key)
    if value in right:
        return Passed(f"{userdata.CONFIG} of {host.id} has {key}={value}", evidence="UserData.Value")
    others = ", ".join(sorted(boot.config or {}))
    return Failed(
        found=f"{key} is {value}" if value else f"{key} is not set; the file has {others or 'no settings'}",
        expected=f"{key}={wanted} in {userdata.CONFIG} of {host.id}",
        hint="Check the content of this file after the last line of the script. The agent reads no other file.",
        evidence="UserData.Value",
    )


def host_is_registered(account: Account, host: Ec2Host) -> Outcome:
    """The instance is an ACTIVE container instance of the cluster."""
    found = _agent.is_registered(account, host.lab["cluster"], host.instance)
    if isinstance(found, Passed):
        return found
    deadlock = _ec2.boot(account, host.id).deadlock
    if not deadlock:
        return found
    return Failed(
        found=f"{found.found}; `{deadlock}` in the user data waits for the agent to start",
        expected=found.expected,
        hint="The agent starts after cloud-init, and cloud-init waits for this command. Remove it, or do not wait.",
        evidence=("UserData.Value", "containerInstances[].[ec2InstanceId, status, agentConnected]"),
    )


def agent_can_hand_out_task_roles(account: Account, host: Ec2Host) -> Outcome:
    """The agent reports that it provides task roles."""
    names = _attributes(account, host)
    if CAPABILITY in names:
        return Passed(
            f"the agent of {host.id} reports {CAPABILITY}", evidence="containerInstances[].attributes[].name"
        )
    return Failed(
        found=f"{host.id} has {len(names)} attributes, and {CAPABILITY} is not one of them",
        expected=f"the attribute {CAPABILITY}",
        hint="The agent reads its configuration when it starts. Check that the value is exactly true.",
        evidence="containerInstances[].attributes[].name",
    )


_JUDGES = (
    _has_a_script,
    user_data_sets_the_cluster,
    user_data_enables_task_roles,
    host_is_registered,
    agent_can_hand_out_task_roles,
)


def _host(judge: _ec2.Judge) -> Check:
    return _ec2.for_best_instance(judge, _JUDGES)


READS = (*_ec2.INSTANCE_READS, *_ec2.USER_DATA_READS, *_agent.REGISTERED_READS, "ecs:ListServices")
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        cluster=["{cluster}"],
        instances_named=["{instance}"],
        role=["{cluster}-instance"],
    ),
)
OBJECTIVES = (
    Objective("user-data", user_data_is_a_script),
    Objective("cluster", _host(user_data_sets_the_cluster), needs=("user-data",)),
    Objective("task-iam-role", _host(user_data_enables_task_roles), needs=("user-data",)),
    Objective("registered", _host(host_is_registered), needs=("cluster",), effect=True),
    Objective("capability", _host(agent_can_hand_out_task_roles), needs=("registered",), effect=True),
)
