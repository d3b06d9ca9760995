"""What can go wrong, grouped by what to do about it.

SyncError
├── RetryLater            try the same step again, later
│   ├── Unavailable       the shop or Shopify did not answer, or answered with a server error
│   ├── Throttled         Shopify asked us to slow down for longer than a step may wait
│   ├── CatalogueUnavailable   the catalogue cannot be read or written now: its database restarts or is full
│   │   └── Overtaken         a person changed a product while the step that writes it decided
│   └── NotReady          Shopify still prepares what we asked for: no trouble at all
├── Reconnect             a person has to connect the shop again
│   ├── Unauthorized      the token is wrong, expired or revoked, or the app was uninstalled
│   └── MissingScope      the token may not read products
└── Stop                  trying again changes nothing
    ├── StoreNotFound     no shop answers at this address
    ├── StorePaused       the shop is frozen or closed
    ├── StoreLocked       Shopify locked the shop
    ├── VersionEnded      Shopify no longer serves the API version we speak
    ├── SearchIgnored     Shopify ignored part of our filter, so its answer proves nothing
    ├── BulkFailed        a bulk operation failed, expired or was cancelled by Shopify
    ├── UnexpectedData    an answer that we do not understand
    ├── PlanStale         the shop changed after a person approved what was planned
    ├── Cancelled         a person stopped the run
    └── RunLost           another worker owns the run now
"""

from typing import ClassVar


class SyncError(Exception):
    """An expected failure. ``code`` is stable and documented; the message is for logs and engineers, in English."""

    code: ClassVar[str] = "sync.unexpected"


class RetryLater(SyncError):
    """Trying the same step again later is likely to work. ``after`` is Shopify's own number of seconds, if any."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Unavailable(RetryLater):
    """The shop or Shopify did not answer, or answered with a server error."""

    code = "shopify.unavailable"


class Throttled(RetryLater):
    """Shopify asked us to slow down for longer than one step may wait."""

    code = "shopify.throttled"


class NotReady(RetryLater):
    """Shopify still prepares what we asked for; ``after`` so many seconds it may be ready."""

    # No run ends with it: whoever drives the engine goes on later.
    code = Unavailable.code
    after: float

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message, after=after)


class CatalogueUnavailable(RetryLater):
    """The catalogue cannot be read or written now: its database restarts, is full or takes no more connections."""

    code = "sync.catalogue_unavailable"

    def __init__(self, message: str, *, after: float | None = 5.0) -> None:
        super().__init__(message, after=after)


class Overtaken(CatalogueUnavailable):
    """A person linked, unlinked or removed a product while a step decided what to write to it: decide anew."""


class Reconnect(SyncError):
    """A person has to connect the shop again."""


class Unauthorized(Reconnect):
    """Shopify refuses the token: wrong, expired, revoked, or the app was uninstalled."""

    code = "shopify.unauthorized"


class MissingScope(Reconnect):
    """The token is good but may not read products."""

    code = "shopify.missing_scope"


class Stop(SyncError):
    """Trying again changes nothing until someone acts."""


class StoreNotFound(Stop):
    """No shop answers at this address: mistyped, renamed or closed."""

    code = "shopify.store_not_found"


class StorePaused(Stop):
    """The shop is frozen (unpaid) or inactive."""

    code = "shopify.store_paused"


class StoreLocked(Stop):
    """Shopify locked the shop: rate abuse, fraud or compromise."""

    code = "shopify.store_locked"


class VersionEnded(Stop):
    """Shopify no longer serves the API version we speak."""

    code = "shopify.version_ended"


class SearchIgnored(Stop):
    """Shopify ignored part of our filter and returned everything, so the answer proves nothing."""

    code = "shopify.search_ignored"


class BulkFailed(Stop):
    """A bulk operation failed, expired or was cancelled by Shopify."""

    code = "shopify.bulk_failed"


class UnexpectedData(Stop):
    """Shopify's answer as a whole is not what its documentation promises."""

    code = "shopify.unexpected_data"


class PlanStale(Stop):
    """The shop is no longer what the approved plan was decided on: nothing more of it is written."""

    code = "sync.plan_stale"


class Cancelled(Stop):
    """A person stopped the run; what is written stays."""

    code = "sync.cancelled"


class RunLost(Stop):
    """Another worker owns the run now: write nothing more."""

    code = "sync.run_lost"
