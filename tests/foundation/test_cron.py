from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.foundation.clock import from_iso
from interlock.foundation.cron import Cron

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "zone", "at", "last"),
    [
        ("0 6 * * *", "UTC", "2026-11-02T05:59:59Z", "2026-11-01T06:00:00Z"),
        ("0 6 * * *", "UTC", "2026-11-02T06:00:00Z", "2026-11-02T06:00:00Z"),
        ("30 22 * * *", "America/New_York", "2026-11-02T03:29:00Z", "2026-11-01T02:30:00Z"),
        ("*/15 * * * *", "UTC", "2026-11-02T06:44:00Z", "2026-11-02T06:30:00Z"),
        ("0 6 * * 1-5", "UTC", "2026-11-01T12:00:00Z", "2026-10-30T06:00:00Z"),
        ("0 6 * * 0", "UTC", "2026-11-02T12:00:00Z", "2026-11-01T06:00:00Z"),
        ("0 6 * * 7", "UTC", "2026-11-02T12:00:00Z", "2026-11-01T06:00:00Z"),
        ("0 6 1 * 1", "UTC", "2026-11-04T12:00:00Z", "2026-11-02T06:00:00Z"),
        ("0 6 1,15 * *", "UTC", "2026-11-14T12:00:00Z", "2026-11-01T06:00:00Z"),
        ("0 0 29 2 *", "UTC", "2026-11-02T12:00:00Z", "2024-02-29T00:00:00Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T01:30:00Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T00:30:00Z"),
    ],
)
def test_a_schedule_fires_last_when_its_zone_says_so(
    text: str, zone: str, at: str, last: str
) -> None:
    assert Cron.parse(text).last(from_iso(at), ZoneInfo(zone)) == from_iso(last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0 6 * *",
        "0 6 * * * *",
        "60 6 * * *",
        "0 24 * * *",
        "0 6 0 * *",
        "0 6 * 13 *",
        "a 6 * * *",
        "5-1 6 * * *",
        "*/0 6 * * *",
        "0 6 30 2 *",
        "-1 6 * * *",
        "@daily",
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Cron.parse(text)


@given(minutes=st.integers(0, 60 * 24 * 700))
def test_the_last_moment_of_a_moment_is_itself_and_none_is_skipped(minutes: int) -> None:
    at = from_iso("2026-01-01T00:00:00Z") + timedelta(minutes=minutes)
    daily = Cron.parse("17 3 * * *")
    last = daily.last(at, BERLIN)
    assert last is not None
    assert last <= at
    assert at - last <= timedelta(hours=25)
    assert daily.last(last, BERLIN) == last
