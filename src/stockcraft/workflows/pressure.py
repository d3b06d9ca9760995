"""Back-pressure: while the database has no connections to spare, or hardly answers, workers begin no further run.

What waits meanwhile are rows in the queue, which cost nothing; runs under way go on, and no try of theirs is used up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import OperationalError
from django.db import connection as database

log = logging.getLogger(__name__)

# Connections that are left for pages, and for whoever looks what is the matter.
KEPT_FREE = 5
# An answer to nothing much takes a millisecond; one that takes so many seconds comes from a database in trouble.
SLOW = 1.0
# So long a run waits for a busy database; then it begins all the same, as the server may just be small, or far away.
PATIENCE = 60.0
LOOK_AGAIN = 1.0
NO_CONNECTION = "the database takes no connection"

CONNECTIONS_LEFT = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0)
           - (SELECT sum(numbackends)::int FROM pg_stat_database)
"""


def wait_for_room(should_stop: Callable[[], bool]) -> bool:
    """Hold this place of the worker until the database has room for a run; False when the worker is to stop first."""
    deadline = time.monotonic() + PATIENCE
    said = ""
    while why := why_busy():
        if not said:
            log.warning("No further sync begins here for now: %s.", why)
        said = why
        if should_stop():
            return False
        if time.monotonic() > deadline and why != NO_CONNECTION:
            return True
        database.close()
        time.sleep(LOOK_AGAIN)
    if said:
        log.warning("Syncs begin again.")
    return True


def why_busy() -> str:
    """What keeps the database from taking more work, in a few words; empty when nothing does."""
    began = time.monotonic()
    try:
        left = connections_left()
    except OperationalError:
        database.close()
        return NO_CONNECTION
    took = time.monotonic() - began
    if left < KEPT_FREE:
        return f"the database has {max(left, 0)} connections left"
    return f"the database took {took:.1f} s to answer" if took > SLOW else ""


def connections_left() -> int:
    """How many more connections the server takes from anybody but its superuser."""
    with database.cursor() as cursor:
        cursor.execute(CONNECTIONS_LEFT)
        return int(cursor.fetchone()[0])
