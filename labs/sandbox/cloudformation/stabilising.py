"""Resumes the operations of stacks after each change of the world and after time has passed."""

from __future__ import annotations

from labs.sandbox import hooks
from labs.sandbox.cloudformation.stacks import Stack, Stacks, all_stacks
from labs.sandbox.world import settling


@hooks.reconcilers.add("stacks")
def work_on_stacks(account: str) -> bool:
    """Advances each stack of the account by one step. Returns whether any made progress."""
    steps = [
        settling.attempt(f"stack {stack.name}", _step, stacks, stack)
        for stacks in all_stacks(account)
        for stack in list(stacks.stacks)
    ]
    return any(steps)


def _step(stacks: Stacks, stack: Stack) -> bool:
    if stack.work is None or stacks.running:
        return False
    before = len(stack.events)
    stacks.running = True
    try:
        next(stack.work)
    except StopIteration:
        stack.work = None
        return True
    except Exception as error:
        stack.work = None
        failed = stack.status.replace("_COMPLETE_CLEANUP", "").replace("IN_PROGRESS", "FAILED")
        stack.set_status(failed, f"The sandbox cannot read this template: {type(error).__name__}: {error}")
        raise
    finally:
        stacks.running = False
    return len(stack.events) > before


@hooks.due_checks.add("stacks")
def a_stack_waits() -> bool:
    """Whether a stack waits for time to pass."""
    from moto.cloudformation.models import cloudformation_backends

    return any(
        stack.work is not None
        for _account, _region, backend in list(cloudformation_backends.iter_backends())
        if "sandbox_stacks" in vars(backend)
        for stack in vars(backend)["sandbox_stacks"].stacks
    )
