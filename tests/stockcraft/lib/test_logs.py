"""A JSON line is one object, with the run it belongs to and the whole of what went wrong."""

from __future__ import annotations

import io
import json
import logging
import logging.config

import structlog

from stockcraft.lib.logs import formatters


def logged(*, bound: dict[str, object]) -> dict[str, object]:
    """What a line about a division by zero looks like."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    made = formatters()["json"]
    handler.setFormatter(made.pop("()")(**made))
    logger = logging.Logger("stockcraft.tests")
    logger.addHandler(handler)
    with structlog.contextvars.bound_contextvars(**bound):
        try:
            raise ZeroDivisionError("a bug")
        except ZeroDivisionError:
            logger.exception("%s met something unexpected", "Sync #7")
    (line,) = stream.getvalue().splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def test_a_line_says_what_happened_where_and_in_which_run() -> None:
    line = logged(bound={"run": 42})

    assert (line["event"], line["run"]) == ("Sync #7 met something unexpected", 42)
    assert (line["level"], line["logger"]) == ("error", "stockcraft.tests")
    assert str(line["timestamp"]).endswith("Z")


def test_a_traceback_stays_in_its_line() -> None:
    assert "ZeroDivisionError: a bug" in str(logged(bound={})["exception"])


def test_no_secret_reaches_a_line() -> None:
    line = logged(bound={"note": "access_token=shpat_0123456789abcdef"})

    assert "0123456789abcdef" not in str(line)
