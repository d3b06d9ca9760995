"""Faults at exact places: the database itself ends, or holds up, whoever is about to carry out a certain write.

A trigger before every writing statement counts it. When the count reaches the one that is planned, the connection is
ended there (`END`), or waits for a lock that the test holds (`HOLD`), so that its process can be killed in the middle
of a transaction. The count is a sequence: it goes on however often transactions are rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection as database

END, HOLD = "end", "hold"
# Of the advisory lock on which a held process waits; any number that nothing else uses.
LOCK = 6_120_033
# The queue of a real worker writes all the time; what is tried here are the steps of runs.
STEPS = (
    "accounts_account",
    "catalog_product",
    "catalog_variant",
    "connections_connection",
    "syncs_change",
    "syncs_decision",
    "syncs_notice",
    "syncs_plannedchange",
    "syncs_runpage",
    "syncs_syncrun",
    "procrastinate_jobs",
)
INSTALL = f"""
    CREATE SCHEMA faults;
    CREATE SEQUENCE faults.writes;
    CREATE TABLE faults.plan (at bigint, deed text);
    INSERT INTO faults.plan VALUES (0, '');
    CREATE FUNCTION faults.look() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE planned faults.plan;
    BEGIN
        SELECT * INTO planned FROM faults.plan;
        IF nextval('faults.writes') = planned.at THEN
            IF planned.deed = '{END}' THEN
                PERFORM pg_terminate_backend(pg_backend_pid());
            ELSE
                PERFORM pg_advisory_xact_lock_shared({LOCK});
            END IF;
        END IF;
        RETURN NULL;
    END $$;
"""
WATCH = """
    CREATE TRIGGER faults_look BEFORE INSERT OR UPDATE OR DELETE ON {}
    FOR EACH STATEMENT EXECUTE FUNCTION faults.look();
"""
WAITING = """
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND objid = %s AND NOT granted
"""


@contextmanager
def exact_faults() -> Iterator[None]:
    """The database can be told where to fail, until the block ends."""
    with database.cursor() as cursor:
        cursor.execute(INSTALL)
        for table in STEPS:
            cursor.execute(WATCH.format(table))
    try:
        yield
    finally:
        database.close()
        with database.cursor() as cursor:
            cursor.execute("DROP SCHEMA faults CASCADE")


def writes() -> int:
    """How many writing statements there were so far."""
    with database.cursor() as cursor:
        cursor.execute("SELECT last_value FROM faults.writes")
        return int(cursor.fetchone()[0])


def plan(after: int, deed: str = END) -> None:
    """Let it happen before the statement that comes after so many more."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE faults.plan SET at = (SELECT last_value FROM faults.writes) + %s, deed = %s", [after, deed]
        )


@contextmanager
def held_up(after: int) -> Iterator[Callable[[float], str]]:
    """Whoever is about to carry out that write waits there until the block ends. Gives a function that waits at most so
    many seconds for somebody to do so, and says their application's name; empty when nobody came."""
    parameters = database.get_connection_params()
    wanted = {name: parameters[name] for name in ("host", "user", "dbname")}
    with psycopg.connect(**wanted, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        plan(after, HOLD)

        def who(patience: float) -> str:
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if found := holder.execute(WAITING, [LOCK]).fetchone():
                    return str(found[0])
                time.sleep(0.02)
            return ""

        try:
            yield who
        finally:
            forget()


def forget() -> None:
    """Let nothing more happen."""
    with database.cursor() as cursor:
        cursor.execute("UPDATE faults.plan SET at = 0")
