"""The daily sync is at 02:00 UTC, the next one, whatever the time is now."""

from datetime import UTC, datetime

import pytest

from stockcraft.connections.schedule import next_daily_sync


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 11, 24, 1, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, 2, tzinfo=UTC)),
        (datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC), datetime(2026, 11, 25, 2, tzinfo=UTC)),
        (datetime(2026, 11, 24, 19, 18, tzinfo=UTC), datetime(2026, 11, 25, 2, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), datetime(2027, 1, 1, 2, tzinfo=UTC)),
    ],
)
def test_the_next_daily_sync_is_the_next_two_o_clock_utc(now: datetime, then: datetime) -> None:
    assert next_daily_sync(now) == then
