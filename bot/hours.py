"""Weekly opening hours: open now, and when next. Wall-clock times of one zone, safe over DST changes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.types import OpeningHours

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)


def parse(rows: Iterable[Mapping[str, Any]]) -> tuple[OpeningHours, ...]:
    """The intervals of rows like {"weekday": 0, "start": "09:00", "end": "18:00"}.

    An end at or before the start is on the next day: such an interval is cut in two at midnight.
    Raises ValueError with a sentence that says which row is wrong.
    """
    found: set[OpeningHours] = set()
    for number, row in enumerate(rows, 1):
        weekday = row.get("weekday")
        if not isinstance(weekday, int) or isinstance(weekday, bool) or not 0 <= weekday <= 6:
            raise ValueError(f"row {number}: weekday must be 0 (Monday) to 6 (Sunday)")
        start = _minutes(row.get("start"), number, "start")
        end = _minutes(row.get("end"), number, "end")
        if start == _DAY:
            raise ValueError(f"row {number}: start must be before 24:00")
        if start < end:
            found.add(OpeningHours(weekday, start, end))
            continue
        found.add(OpeningHours(weekday, start, _DAY))
        if end:
            found.add(OpeningHours((weekday + 1) % 7, 0, end))
    return tuple(sorted(found))


def _minutes(value: object, number: int, name: str) -> int:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else _DAY + 1
    if minutes > _DAY:
        raise ValueError(f"row {number}: {name} must be a time like 09:00")
    return minutes


def is_open(now: datetime, hours: Sequence[OpeningHours], zone: ZoneInfo) -> bool:
    """Whether somebody is there at `now` (aware). No hours at all means always open."""
    if not hours:
        return True
    local = now.astimezone(zone)
    weekday, minute = local.weekday(), local.hour * 60 + local.minute
    return any(h.weekday == weekday and h.start <= minute < h.end for h in hours)


def next_opening(now: datetime, hours: Sequence[OpeningHours], zone: ZoneInfo) -> datetime | None:
    """The first moment after `now` somebody is there, in `zone`; None when that is now or never."""
    if is_open(now, hours, zone):
        return None
    # Compared in UTC: two times of one zone compare by the wall clock, which DST sets back.
    now = now.astimezone(UTC)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for ahead in range(9):  # a whole week, and a day more for a week that lost its day to DST
        day = today + timedelta(days=ahead)
        starts = (h.start for h in hours if h.weekday == day.weekday())
        moments = [m for start in starts for m in _moments(day, start, hours, zone) if m > now]
        if moments:
            return min(moments).astimezone(zone)
    return None


def _moments(
    day: datetime, start: int, hours: Sequence[OpeningHours], zone: ZoneInfo
) -> list[datetime]:
    """When (UTC) the wall clock shows `start` (minutes) on that day: once, or twice when set back.

    When the clock is set forward over `start`: the first open minute after the gap, if any.
    """
    wall = day + timedelta(minutes=start)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return [first, second]
    # In the gap, fold 1 reads `wall` with the new offset: before the gap; fold 0: after it.
    moment = second
    while moment <= first:
        local = moment.astimezone(zone)
        if local.replace(tzinfo=None) > wall and is_open(moment, hours, zone):
            return [moment]
        moment += _MINUTE
    return []
