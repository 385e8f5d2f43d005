"""Opening hours by the week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.hours import is_open, next_opening, parse
from bot.types import OpeningHours

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
BERLIN = ZoneInfo("Europe/Berlin")

intervals = st.builds(
    lambda weekday, start, length: OpeningHours(weekday, start, min(start + length, 24 * 60)),
    st.integers(0, 6),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 600),
)
weeks = st.lists(intervals, min_size=1, max_size=5).map(tuple)
# Around both changes of the clock in Berlin and an ordinary week.
moments = st.builds(
    lambda start, seconds: start + timedelta(seconds=seconds),
    st.sampled_from(
        [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 26), (10, 22), (7, 1))]
    ),
    st.integers(0, 5 * 24 * 3600),
)


def at(text: str, zone: ZoneInfo = SAO_PAULO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_no_hours_mean_always_open() -> None:
    assert is_open(at("2026-03-14T03:00"), (), SAO_PAULO)
    assert next_opening(at("2026-03-14T03:00"), (), SAO_PAULO) is None


def test_the_end_of_an_interval_is_closed_and_its_start_open() -> None:
    hours = parse([{"weekday": 0, "start": "09:00", "end": "18:00"}])
    assert is_open(at("2026-03-09T09:00"), hours, SAO_PAULO)
    assert is_open(at("2026-03-09T17:59:59"), hours, SAO_PAULO)
    assert not is_open(at("2026-03-09T18:00"), hours, SAO_PAULO)


def test_an_interval_over_midnight_is_open_on_both_sides_of_it() -> None:
    hours = parse([{"weekday": 4, "start": "22:00", "end": "02:00"}])
    assert is_open(at("2026-03-13T23:30"), hours, SAO_PAULO)
    assert is_open(at("2026-03-14T01:59"), hours, SAO_PAULO)
    assert not is_open(at("2026-03-14T02:00"), hours, SAO_PAULO)
    assert not is_open(at("2026-03-13T01:00"), hours, SAO_PAULO)


def test_a_sunday_interval_over_midnight_reaches_into_monday() -> None:
    hours = parse([{"weekday": 6, "start": "22:00", "end": "02:00"}])
    assert is_open(at("2026-03-16T01:00"), hours, SAO_PAULO)


def test_a_whole_day_ends_at_24_00() -> None:
    hours = parse([{"weekday": 2, "start": "00:00", "end": "24:00"}])
    assert hours == (OpeningHours(2, 0, 1440),)


def test_on_friday_evening_the_next_opening_is_monday_morning() -> None:
    hours = parse([{"weekday": day, "start": "09:00", "end": "18:00"} for day in range(5)])
    opening = next_opening(at("2026-03-13T18:30"), hours, SAO_PAULO)
    assert opening == at("2026-03-16T09:00")


def test_hours_are_those_of_the_zone_not_of_utc() -> None:
    hours = parse([{"weekday": 2, "start": "09:00", "end": "18:00"}])
    assert is_open(datetime(2026, 3, 11, 12, 0, tzinfo=UTC), hours, SAO_PAULO)
    assert not is_open(datetime(2026, 3, 11, 11, 59, tzinfo=UTC), hours, SAO_PAULO)


def test_an_opening_that_the_clock_jumps_over_is_the_end_of_the_jump() -> None:
    hours = parse([{"weekday": 6, "start": "02:30", "end": "04:00"}])
    opening = next_opening(at("2026-03-29T01:00", BERLIN), hours, BERLIN)
    assert opening is not None
    assert opening.astimezone(UTC) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 03:00 in Berlin


def test_an_interval_inside_the_hour_that_does_not_exist_opens_a_week_later() -> None:
    hours = parse([{"weekday": 6, "start": "02:15", "end": "02:45"}])
    assert next_opening(at("2026-03-29T01:00", BERLIN), hours, BERLIN) == at(
        "2026-04-05T02:15", BERLIN
    )


def test_an_hour_that_comes_twice_opens_twice() -> None:
    hours = parse([{"weekday": 6, "start": "02:15", "end": "02:45"}])
    between = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 02:50, before the clock goes back
    opening = next_opening(between, hours, BERLIN)
    assert opening is not None
    assert opening.astimezone(UTC) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


@given(weeks, moments)
@settings(deadline=None)
def test_the_next_opening_is_the_first_open_minute(
    hours: tuple[OpeningHours, ...], now: datetime
) -> None:
    opening = next_opening(now, hours, BERLIN)
    if is_open(now, hours, BERLIN):
        assert opening is None
        return
    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while not is_open(minute, hours, BERLIN):
        minute += timedelta(minutes=1)
    assert opening is not None
    assert opening.astimezone(UTC) == minute


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"weekday": 7, "start": "09:00", "end": "18:00"}, "weekday"),
        ({"weekday": "1", "start": "09:00", "end": "18:00"}, "weekday"),
        ({"weekday": True, "start": "09:00", "end": "18:00"}, "weekday"),
        ({"weekday": 1, "start": "9h", "end": "18:00"}, "start"),
        ({"weekday": 1, "start": "09:00", "end": "24:01"}, "end"),
        ({"weekday": 1, "start": "24:00", "end": "02:00"}, "start"),
        ({"weekday": 1, "end": "02:00"}, "start"),
    ],
)
def test_a_wrong_interval_is_refused_by_the_number_of_its_row(
    row: dict[str, object], fault: str
) -> None:
    good = {"weekday": 0, "start": "09:00", "end": "18:00"}
    with pytest.raises(ValueError, match=f"row 2: {fault}"):
        parse([good, row])
