"""When a connection is read next: every day at 02:00 UTC, or within the minutes after it that a fleet spreads over."""

from datetime import datetime, timedelta

from django.conf import settings

# Multiplying by it spreads neighbouring ids evenly: Knuth's multiplicative hashing, 2^32 divided by the golden ratio.
SCATTER = 2_654_435_761


def next_daily_sync(after: datetime, connection_id: int = 0) -> datetime:
    """The connection's first daily sync time (UTC) later than ``after``.

    Where `STOCKCRAFT_SYNC_SPREAD_MINUTES` says so, each connection has a second of its own within that many minutes,
    the same every day, so that a fleet does not start all at once.
    """
    window = settings.SYNC_SPREAD_MINUTES * 60
    offset = timedelta(seconds=connection_id * SCATTER % window if window else 0)
    today = after.replace(hour=settings.SYNC_HOUR_UTC, minute=0, second=0, microsecond=0) + offset
    return today if today > after else today + timedelta(days=1)
