"""A resource that cannot be understood harms itself only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from labs.sandbox.ecs.agents import registration
from labs.sandbox.world import settling
from tests.builders import Builder


def test_a_step_that_raises_is_noted_and_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    """It counts as no change, is logged once however often it is tried, and is forgotten with the world."""

    def step(ways: dict[str, bool], name: str) -> bool:
        return ways[name]

    with caplog.at_level(logging.ERROR, "labs.sandbox"):
        assert settling.attempt("service good", step, {"good": True}, "good") is True
        assert settling.attempt("service bad", step, {}, "bad") is False
        assert settling.attempt("service bad", step, {}, "bad") is False
    assert settling.failures == {"service bad, test_settling": "KeyError: 'bad'"}
    assert [record.getMessage() for record in caplog.records] == [
        "service bad, test_settling: KeyError: 'bad'"
    ]
    settling.forget()
    assert settling.failures == {}


def test_an_agent_that_cannot_be_understood_leaves_the_rest_alone(
    aws: None, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One instance breaks the reconciler: other calls go on, also those that change that instance."""
    builder = Builder()
    builder.cluster("labs")
    stock, first = registration.update_agent, []

    def breaks(ecs: Any, instance: Any) -> bool:
        first[:] = first or [instance.id]
        if instance.id in first:
            raise AttributeError("'str' object has no attribute 'get'")
        return stock(ecs, instance)

    breaks.__module__ = stock.__module__
    monkeypatch.setattr(registration, "update_agent", breaks)
    builder.instances("labs", 2)
    assert len(client("ecs").list_container_instances(cluster="labs")["containerInstanceArns"]) == 1
    client("ec2").terminate_instances(InstanceIds=first)
    assert list(settling.failures) == [f"the agent of {first[0]}, registration"]
    settling.forget()
