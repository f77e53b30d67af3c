"""Refuses commands in instances and containers, which the sandbox cannot run."""

from __future__ import annotations

from typing import Any, NoReturn

from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.model.errors import invalid, refusal
from labs.sandbox.ecs.model.records import Doc
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.extend import Stock, operation


@answers("ExecuteCommand", "moto does not have it")
def execute_command(ecs: Ecs, request: Doc) -> Doc:
    """Refuses with AWS's message if it is not enabled, and else because the sandbox runs no containers."""
    task = ecs.find_task(ecs.cluster(request.get("cluster")), request["task"])
    if task is None:
        raise invalid("The referenced task was not found.")
    if not task.doc["enableExecuteCommand"] or task.status != "RUNNING":
        raise invalid(
            "The execute command failed because execute command was not enabled when the task was run or the "
            "execute command agent isn’t running. Wait and try again or run a new task with execute command "
            "enabled and try again."
        )
    raise refusal(
        "TargetNotConnectedException",
        "The sandbox runs no containers: execute command is enabled for this task, but there is nothing to execute.",
    )


@operation("ssm", "StartSession", "moto does not have it")
def start_session(response: Any, _: Stock) -> NoReturn:
    """Refuses, because no instance of the sandbox runs an SSM agent."""
    from moto.ssm.exceptions import SSMException

    raise SSMException("TargetNotConnected", f"{response._get_param('Target')} is not connected.")


@operation("ssm", "SendCommand", "moto says that every command succeeded on every instance")
def send_command(response: Any, stock: Stock) -> Any:
    """Refuses instances, none of which is managed; for targets, no instance is found."""
    from moto.ssm.exceptions import SSMException

    instances = response._get_param("InstanceIds") or []
    if instances:
        raise SSMException(
            "InvalidInstanceId",
            f"Instances [[{', '.join(instances)}]] not in a valid state for account {response.current_account}",
        )
    answer = stock()
    command = response.ssm_backend.get_command_by_id(answer.result["Command"]["CommandId"])
    command.status, command.status_details = "Failed", "NoInstancesInTag"
    command.instance_ids, command.invocations = [], []
    command.completed_count = command.target_count = 0
    answer.result["Command"] = command.response_object()
    return answer
