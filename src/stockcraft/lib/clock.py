"""The clock that all workers share: the database's. A machine's own may be wrong, or jump."""

from __future__ import annotations

from datetime import datetime

from django.db import connection as database


def shared_now() -> datetime:
    """What time it is for everybody: when the open transaction began, or now where none is open."""
    with database.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    found: datetime = now
    return found
