"""Every lab while an agent reconnects, which it does several times an hour.

Source: "Container instance state change events" of the developer guide: "The Amazon ECS container agent disconnects
and reconnects several times per hour as a part of its normal operation".
"""

from __future__ import annotations

from typing import Any

from labs.verdict import State
from tests.labs.recording import changed
from tests.labs.states import LabState

READ = "ecs:DescribeContainerInstances"


def reconnecting(arn: str) -> Any:
    """Answers in which the agent of one container instance is not connected."""

    def change(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        for each in answer.get("containerInstances", []) if read == READ else ():
            each["agentConnected"] = each["agentConnected"] and each["containerInstanceArn"] != arn
        return answer

    return change


def _instances(state: LabState) -> set[str]:
    found: set[str] = set()

    def see(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if read == READ:
            found.update(each["containerInstanceArn"] for each in answer.get("containerInstances", []))
        return answer

    with changed(see):
        state.run()
    return found


def test_an_agent_that_reconnects_changes_no_configuration(solved: LabState) -> None:
    """Only an effect may fail, for which `--wait` looks again; what needs it waits with it."""
    effects = {each.id for each in solved.verifier.objectives if each.effect}
    for arn in sorted(_instances(solved)):
        with changed(reconnecting(arn)):
            under = solved.findings_under()
        failed = {name for name, each in under.items() if each.state is State.FAILED}
        assert failed <= effects, f"{arn}: {failed - effects}"
        assert failed or all(each.state is State.PASSED for each in under.values()), arn
        assert not any(each.state is State.INCONCLUSIVE for each in under.values()), arn
