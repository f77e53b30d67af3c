"""The times of a schedule: `at(...)`, `rate(...)` and `cron(...)` of Application Auto Scaling.

cron has six fields: minutes, hours, day of the month, month, day of the week (1 is Sunday), year; one of the two
days is `?`. Lists, ranges, steps, names, `L`, `W` and `#` are understood ("Schedule recurring scaling actions using
cron expressions" of the user guide).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from labs.errors import BadSchedule

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_HORIZON = timedelta(days=366 * 9)
"""The period that is searched: a day such as 29 February comes within it, or never."""


def next_time(expression: str, after: datetime, zone: str, start: datetime) -> datetime | None:
    """The next time of the schedule after `after`; None if there is none.

    `start` is the start of a rate. Raises BadSchedule.
    """
    found = re.fullmatch(r"(at|rate|cron)\((.*)\)", expression.strip())
    if found is None:
        raise BadSchedule(expression)
    kind, inner = found[1], found[2].strip()
    place = _zone(zone)
    if kind == "at":
        once = _moment(inner, place)
        return once if once > after else None
    if kind == "rate":
        return _next_of_rate(inner, after, start)
    return _Cron.parse(inner).next_time(after, place)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise BadSchedule(f"time zone {name}") from error


def _moment(text: str, place: ZoneInfo) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=place)
    except ValueError as error:
        raise BadSchedule(f"at({text})") from error


def _next_of_rate(inner: str, after: datetime, start: datetime) -> datetime:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)s?", inner)
    if found is None:
        raise BadSchedule(f"rate({inner})")
    try:
        step = timedelta(seconds=int(found[1]) * _UNITS[found[2]])
        return start + (max((after - start) // step, 0) + 1) * step
    except (OverflowError, ValueError) as error:  # beyond the year 9999
        raise BadSchedule(f"rate({inner})") from error


@dataclass(frozen=True, slots=True)
class _Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: str
    months: tuple[int, ...]
    weekdays: str
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> _Cron:
        fields = text.upper().split()
        if len(fields) != 6 or "?" not in (fields[2], fields[4]) or fields[2] == fields[4]:
            raise BadSchedule(f"cron({text})")
        minutes, hours, days, months, weekdays, years = fields
        made = cls(
            tuple(_numbers(minutes, 0, 59)),
            tuple(_numbers(hours, 0, 23)),
            days,
            tuple(_numbers(months, 1, 12, _MONTHS)),
            weekdays,
            frozenset(_numbers(years, 1970, 2199)),
        )
        made.fits(date(2024, 2, 29))  # fields that are read late are wrong now, too
        return made

    def next_time(self, after: datetime, place: ZoneInfo) -> datetime | None:
        local = after.astimezone(place)
        day, last = local.date(), local.date() + _HORIZON
        while day <= last:
            if day.month in self.months and day.year in self.years and self.fits(day):
                for moment in self._moments(day, place):
                    if moment > after:
                        return moment
            day += timedelta(days=1)
        return None

    def _moments(self, day: date, place: ZoneInfo) -> Iterator[datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=place)

    def fits(self, day: date) -> bool:
        if self.weekdays == "?":
            return _is_day_of_month(self.days, day)
        return _is_weekday(self.weekdays, day)


def _is_day_of_month(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    near = re.fullmatch(r"(\d+|L)W", field)
    if near:
        return day == _nearest_weekday(day, last if near[1] == "L" else min(int(near[1]), last), last)
    return day.day in _numbers(field, 1, 31)


def _nearest_weekday(day: date, wanted: int, last: int) -> date:
    found = day.replace(day=wanted)
    if found.isoweekday() == 6:
        return found + timedelta(days=-1 if wanted > 1 else 2)
    if found.isoweekday() == 7:
        return found + timedelta(days=1 if wanted < last else -2)
    return found


def _is_weekday(field: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1
    nth = re.fullmatch(r"(\w+)#([1-5])", field)
    if nth:
        return number in _numbers(nth[1], 1, 7, _DAYS) and (day.day - 1) // 7 + 1 == int(nth[2])
    final = re.fullmatch(r"(\w+)L", field)
    if final:
        last = calendar.monthrange(day.year, day.month)[1]
        return number in _numbers(final[1], 1, 7, _DAYS) and day.day + 7 > last
    return number in _numbers("7" if field == "L" else field, 1, 7, _DAYS)


def _numbers(field: str, least: int, most: int, names: dict[str, int] | None = None) -> list[int]:
    """The numbers of a field, sorted. Raises BadSchedule."""
    chosen: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low = _number(first, field, names)
            high = _number(last, field, names) if dash else most if step else low
        width = _number(step, field) if step else 1
        if width < 1 or not least <= low <= high <= most:
            raise BadSchedule(field)
        chosen.update(range(low, high + 1, width))
    return sorted(chosen)


def _number(text: str, field: str, names: dict[str, int] | None = None) -> int:
    if names and text in names:
        return names[text]
    if not text.isdigit():
        raise BadSchedule(field)
    return int(text)
