"""The clock that all workers share: the database's. A machine's own may be wrong, or jump."""

from __future__ import annotations

from datetime import datetime

from django.db import connection as database


def shared_now() -> datetime:
    """What time it is for everybody: when the open transaction began, or now where none is open."""
    return _asked("SELECT now()")


def shared_moment() -> datetime:
    """What time it is for everybody at this moment, however long ago the open transaction began."""
    return _asked("SELECT clock_timestamp()")


def _asked(question: str) -> datetime:
    with database.cursor() as cursor:
        cursor.execute(question)
        (now,) = cursor.fetchone()
    found: datetime = now
    return found
