"""Days of study: each starts at 04:00 local time, so that a late evening belongs to the day before."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

DAY_START = time(4)


class Calendar(msgspec.Struct, frozen=True):
    """Days of study in the learner's time zone."""

    zone: tzinfo = UTC

    def day(self, at: datetime) -> date:
        """The day of study that a time belongs to."""
        return (at.astimezone(self.zone).replace(tzinfo=None) - timedelta(hours=DAY_START.hour)).date()

    def start(self, day: date) -> datetime:
        """The start of a day of study, in UTC."""
        return datetime.combine(day, DAY_START, self.zone).astimezone(UTC)

    def tomorrow(self, at: datetime) -> datetime:
        """The start of the next day of study, in UTC."""
        return self.start(self.day(at) + timedelta(days=1))
