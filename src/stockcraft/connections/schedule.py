"""When a connection is read next: every day at 02:00 UTC."""

from datetime import datetime, timedelta

from django.conf import settings


def next_daily_sync(after: datetime) -> datetime:
    """The first daily sync time (UTC) later than ``after``."""
    today = after.replace(hour=settings.SYNC_HOUR_UTC, minute=0, second=0, microsecond=0)
    return today if today > after else today + timedelta(days=1)
