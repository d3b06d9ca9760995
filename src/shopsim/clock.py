"""The simulator's time: the machine's, plus what a test has moved it by."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """UTC now, which can be moved forward."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> datetime:
        """The time in UTC, in whole seconds as Shopify shows it."""
        return datetime.fromtimestamp(self.timestamp(), UTC).replace(microsecond=0)

    def timestamp(self) -> float:
        """Seconds since 1970, with fractions."""
        return time.time() + self._offset

    def move(self, seconds: float = 0, **parts: float) -> None:
        """Move the time forward by seconds, or by `hours=2`, `days=1` and the like."""
        self._offset += seconds + timedelta(**parts).total_seconds()
