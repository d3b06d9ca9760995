"""Which API versions are served, and what a request for one that has ended gets.

https://shopify.dev/docs/api/usage/versioning
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Version(NamedTuple):
    """An API version; ``stable`` ones are supported, the others are a preview."""

    handle: str
    label: str
    stable: bool


LIVE = (
    Version("2026-01", "2026-01", True),
    Version("2026-04", "2026-04", True),
    Version("2026-07", "2026-07", True),
    Version("2026-10", "2026-10 (Latest)", True),
    Version("2027-01", "2027-01 (Release candidate)", False),
    Version("unstable", "unstable", False),
)

LATEST = "2026-10"


def served(asked: str) -> str | None:
    """The version that answers: the one asked for, or the oldest stable one for any that has ended; None for a
    version that never was."""
    handles = [version.handle for version in LIVE]
    if asked in handles:
        return asked
    if re.fullmatch(r"20\d\d-(01|04|07|10)", asked) and asked < handles[0]:
        return handles[0]
    return None
