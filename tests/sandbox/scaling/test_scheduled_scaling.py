"""Services of the embedded ECS that the clock scales."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ecs_kit import service
from hypothesis import given
from hypothesis import strategies as some
from scaling_kit import WHERE, Client, Watch, bounds, plan, touch

from labs.errors import BadSchedule
from labs.sandbox.scaling.schedules import next_time


def test_a_scheduled_action_moves_range_and_service(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    watch.now = datetime(2027, 3, 5, 8, 30, tzinfo=UTC)
    plan(scaling, "cron(0 9 * * ? *)", 4, 8)
    assert (bounds(scaling), service(prod)["desiredCount"]) == ((1, 10), 2)
    watch.pass_(minutes=29)
    touch(client)
    assert bounds(scaling) == (1, 10)
    watch.pass_(minutes=2)
    touch(client)
    assert (bounds(scaling), service(prod)["runningCount"]) == ((4, 8), 4)
    cause = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"][0]["Cause"]
    assert cause == "scheduled action name night was triggered"


def test_an_action_without_a_minimum_changes_the_maximum_only(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    plan(scaling, "rate(5 minutes)", None, 1)
    watch.pass_(minutes=6)
    touch(client)
    assert (bounds(scaling), service(prod)["desiredCount"]) == ((1, 1), 1)


def test_a_recurring_action_runs_again_and_a_single_one_does_not(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    once = (watch.now + timedelta(hours=1)).strftime("at(%Y-%m-%dT%H:%M:%S)")
    plan(scaling, once, 5, 10)
    counts = []
    for _ in range(3):
        watch.pass_(hours=2)
        touch(client)
        counts.append(bounds(scaling)[0])
        scaling.register_scalable_target(**WHERE, MinCapacity=1)
    assert counts == [5, 1, 1]
    plan(scaling, "rate(1 hour)", 3, 10)
    for _ in range(2):
        watch.pass_(hours=2)
        touch(client)
        assert bounds(scaling)[0] == 3
        scaling.register_scalable_target(**WHERE, MinCapacity=1)


def test_an_action_keeps_to_its_time_zone_and_its_end(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    watch.now = datetime(2027, 7, 1, 6, 0, tzinfo=UTC)
    plan(scaling, "cron(0 9 * * ? *)", 4, 8, Timezone="Europe/Berlin")
    plan(scaling, "cron(0 8 * * ? *)", 9, 9, name="over", EndTime=datetime(2027, 7, 1, 7, tzinfo=UTC))
    watch.pass_(hours=1, minutes=1)
    touch(client)
    assert bounds(scaling) == (4, 8)
    watch.pass_(hours=1)
    touch(client)
    assert bounds(scaling) == (4, 8), "the other one ended before it began"


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("cron(30 17 * * ? *)", "UTC", "2027-03-05T17:30:00+00:00"),
        ("cron(0 9 ? * MON-FRI *)", "UTC", "2027-03-08T09:00:00+00:00"),
        ("cron(0 9 ? * 2#1 *)", "UTC", "2027-04-05T09:00:00+00:00"),
        ("cron(0 9 ? * 6L *)", "UTC", "2027-03-26T09:00:00+00:00"),
        ("cron(0 9 L * ? *)", "UTC", "2027-03-31T09:00:00+00:00"),
        ("cron(0 9 1W * ? *)", "UTC", "2027-04-01T09:00:00+00:00"),
        ("cron(0/20 12 * * ? *)", "UTC", "2027-03-05T12:20:00+00:00"),
        ("cron(0 0 29 2 ? *)", "UTC", "2028-02-29T00:00:00+00:00"),
        ("cron(0 9 1 JAN ? 2026)", "UTC", None),
        ("cron(0 14 * * ? *)", "America/New_York", "2027-03-05T14:00:00-05:00"),
        ("at(2027-12-24T18:00:00)", "Europe/Berlin", "2027-12-24T18:00:00+01:00"),
        ("at(2027-01-01T00:00:00)", "UTC", None),
        ("rate(1 minute)", "UTC", "2027-03-05T12:01:00+00:00"),
        ("rate(12 hours)", "UTC", "2027-03-05T22:00:00+00:00"),
    ],
    ids=str,
)
def test_a_schedule_fires_next(expression: str, zone: str, expected: str | None) -> None:
    friday = datetime(2027, 3, 5, 12, 0, tzinfo=UTC)
    found = next_time(
        expression,
        friday,
        zone,
        datetime(2027, 3, 4, 10, 0, tzinfo=UTC) if "12" in expression[:8] else friday,
    )
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "cron(0 9 * * * *)",
        "cron(60 9 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 9 ? * ? *)",
        "cron(0 9 32 * ? *)",
        "cron(0 9 ? FOO MON *)",
        "cron(0 9 ? * 8 *)",
        "cron(0/0 9 * * ? *)",
        "cron(9-5 9 * * ? *)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        f"rate({'9' * 20} days)",
        f"rate({'9' * 5000} days)",
        "at(tomorrow)",
    ],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(BadSchedule):
        next_time(expression, datetime(2027, 3, 5, tzinfo=UTC), "UTC", datetime(2027, 3, 5, tzinfo=UTC))


@pytest.mark.slow
@given(some.integers(0, 10**8), some.integers(0, 23), some.integers(0, 59))
def test_a_daily_schedule_fires_within_a_day_at_its_time(after: int, hour: int, minute: int) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=after)
    found = next_time(f"cron({minute} {hour} * * ? *)", start, "UTC", start)
    assert found is not None
    assert timedelta(0) < found - start <= timedelta(days=1)
    assert (found.hour, found.minute, found.second) == (hour, minute, 0)


@pytest.mark.slow
def test_a_read_runs_a_due_schedule_and_a_replay_agrees(keys: None, tmp_path: Any) -> None:
    """Nothing else has to happen in the sandbox, and it is still there after a restart."""
    import busy
    import time_machine

    from labs.sandbox import extend
    from labs.sandbox.server.application import Application
    from labs.sandbox.world import journal

    path, start = tmp_path / "journal.jsonl", 1_800_000_000.0
    with time_machine.travel(start, tick=False) as travelled:
        extend.install()
        application = Application(journal.Journal.create(path, journal.Header(born=start - 60, seed=1)))
        clients = busy.clients_inside(application)
        ecs, scaling = clients("ecs"), clients("application-autoscaling")
        busy.make_services(clients)
        [arn] = ecs.list_services(cluster="labs")["serviceArns"]
        where = {**WHERE, "ResourceId": "service/" + arn.partition(":service/")[2]}
        scaling.register_scalable_target(**where, MinCapacity=0, MaxCapacity=9)
        more = {"Schedule": "rate(1 hour)", "ScalableTargetAction": {"MinCapacity": 7}}
        scaling.put_scheduled_action(**where, ScheduledActionName="a", **more)

        def describe() -> Any:
            return ecs.describe_services(cluster="labs", services=[arn])["services"][0]

        before, written = describe(), application.journal.entries
        travelled.shift(3601)
        after = describe()
        assert (before["desiredCount"] < 7, after["runningCount"]) == (True, 7)
        describe()
        assert application.journal.entries == written + 1
        recorded = journal.read(path)
        application.restart(lambda: (journal.Journal(path, recorded), recorded.entries))
        assert describe() == after
        application.restart(lambda: (journal.Journal.create(path, recorded.header), ()))
        application.close()
    extend.uninstall()
