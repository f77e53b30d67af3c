"""The learner's days: one begins at four in the morning, so that a late evening still belongs to the day before."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

BEGINS = time(4)


class Calendar(msgspec.Struct, frozen=True):
    """Days of study in the learner's time zone."""

    zone: tzinfo = UTC

    def day(self, at: datetime) -> date:
        """The day of study to which a moment belongs."""
        return (at.astimezone(self.zone).replace(tzinfo=None) - timedelta(hours=BEGINS.hour)).date()

    def start(self, day: date) -> datetime:
        """When a day of study begins, in UTC."""
        return datetime.combine(day, BEGINS, self.zone).astimezone(UTC)

    def tomorrow(self, at: datetime) -> datetime:
        """When the day of study after that of a moment begins, in UTC."""
        return self.start(self.day(at) + timedelta(days=1))
