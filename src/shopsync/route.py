"""Which way to read the shop: the cheapest that is safe, decided from counts and from what earlier runs left behind.

*Changes* asks for the products touched since the last run. *Pages* and *bulk* read the whole shop, by pages or from
the file of a bulk operation, whose content costs no points. Only a whole read may find that a product is gone, so one
comes at least weekly, and whenever the counts disagree.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class Route(StrEnum):
    """How a run reads the shop."""

    CHANGES = "changes"
    PAGES = "pages"
    BULK = "bulk"


class Why(StrEnum):
    """Why a run reads the way it does."""

    FIRST = "first_read"
    WANTED = "wanted"
    WEEKLY = "weekly"
    COUNTS = "counts_disagree"
    ROOM = "room_for_waiting"
    MANY = "many_changes"
    FEW = "few_changes"


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier runs of the connection left behind. Times are UTC.

    ``since``: from where on to ask for changes; None when there was no complete read yet. ``whole_read``: when the last
    complete read began. ``wanted``: someone asked for a whole read, or something here changed that only a whole read
    takes up. ``room``: shop products wait for room, and there is some. ``bulk_failed``: Shopify failed the last bulk
    operation, so pages are the better way now.
    """

    now: datetime
    since: datetime | None = None
    whole_read: datetime | None = None
    wanted: bool = False
    room: bool = False
    bulk_failed: bool = False


class Way(msgspec.Struct, frozen=True):
    """The route a run takes, and why. ``since`` belongs to changes, and how many products were ``changed``."""

    route: Route
    why: Why
    since: datetime | None = None
    changed: int = 0

    @property
    def whole(self) -> bool:
        """Whether the whole shop is read."""
        return self.route is not Route.CHANGES


WHOLE_READ_EVERY = timedelta(days=7)
# The run of the seventh day may begin some seconds earlier than that of the first did.
EARLIER = timedelta(hours=12)
# A bulk operation takes some seconds to begin with, so a small shop is read sooner by pages.
PAGES_AT_MOST = 1_000
# Four pages of changes are affordable at once (a standard shop's bucket holds 2,000 points); beyond, a bulk operation
# is cheaper and finds what is gone as well.
CHANGES_AT_MOST = 1_000
# The search index lags behind the shop; how far is not published. https://shopify.dev/docs/api/usage/search-syntax
OVERLAP = timedelta(minutes=10)
# What was touched this long before a run began has long been in the index, whatever our clock's error.
SETTLED = timedelta(hours=2)
GRAIN = timedelta(seconds=1)


def reason_for_whole(past: Past) -> Why | None:
    """Why the whole shop must be read, or None when its changes may do."""
    if past.since is None or past.whole_read is None:
        return Why.FIRST
    if past.wanted:
        return Why.WANTED
    if past.now - past.whole_read >= WHOLE_READ_EVERY - EARLIER:
        return Why.WEEKLY
    return Why.ROOM if past.room else None


def choose(total: int, past: Past, changed: int | None) -> Way:
    """The route of a new run. ``changed`` is how many products were touched since ``past.since``; None where changes
    will not do."""
    if why := reason_for_whole(past):
        return whole(total, past, why)
    if changed is None or changed > CHANGES_AT_MOST:
        return whole(total, past, Why.MANY)
    return Way(Route.CHANGES, Why.FEW, past.since, changed)


def whole(total: int, past: Past, why: Why) -> Way:
    """The better way to read the whole shop."""
    by_pages = total <= PAGES_AT_MOST or past.bulk_failed
    return Way(Route.PAGES if by_pages else Route.BULK, why)


def next_since(newest: datetime, started: datetime) -> datetime:
    """From where on the next run asks for changes, when this one began at ``started`` and saw nothing touched later
    than ``newest``.

    What was touched while the run read may have been read before, so it is asked for again. Ten minutes of overlap
    cover the index's lag; a shop that nobody touched for hours needs none, so that its last edits are not read again
    every day. Shopify's times have a grain of one second.
    """
    seen = min(newest, started)
    return max(seen - OVERLAP, min(seen + GRAIN, started - SETTLED))
