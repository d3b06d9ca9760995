"""Why runs fail: each stable code with what happened, why, what to do, and what StockCraft does by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Action(StrEnum):
    """The one button that helps."""

    RECONNECT = "reconnect"
    RETRY = "retry"
    UPGRADE = "upgrade"
    NONE = "none"


@dataclass(frozen=True)
class Reason:
    """A failure as people read it; every text in the reader's language."""

    code: str
    headline: Text
    happened: Text
    why: Text
    steps: tuple[Text, ...]
    by_itself: Text
    action: Action = Action.RETRY

    @property
    def what_to_do(self) -> str:
        """The steps as one text."""
        return " ".join(str(step) for step in self.steps)

    def happened_after(self, products_read: int) -> Text:
        """What happened, for a run that had read so many products before it failed."""
        return _STOPPED_BETWEEN if products_read and self.happened is _STOPPED_EARLY else self.happened


_STOPPED_EARLY = _("The sync stopped before reading any product. Nothing was added, changed or removed.")
_STOPPED_BETWEEN = _("The sync stopped before its end. What it had saved is kept and is right; nothing was removed.")
_NEXT_RUN = _("StockCraft tries again at the next automatic sync.")
_PAUSED = _("Automatic syncs wait until the store is connected again, then go on at the next 02:00 UTC.")
_CONTACT = _("If it happens again, send the code and the sync’s number to whoever runs this installation.")

REASONS = (
    Reason(
        "shopify.unauthorized",
        headline=_("Shopify no longer accepts our access to your store"),
        happened=_STOPPED_EARLY,
        why=_("The app was removed from your Shopify admin, or its access was revoked or has run out."),
        steps=(
            _("Choose Reconnect store and approve access on Shopify."),
            _("Start a sync, or wait for the next automatic one."),
        ),
        by_itself=_PAUSED,
        action=Action.RECONNECT,
    ),
    Reason(
        "shopify.missing_scope",
        headline=_("Shopify did not give us permission to read products"),
        happened=_STOPPED_EARLY,
        why=_("The permission “read products” was taken away, or was not given when the store was connected."),
        steps=(_("Reconnect and leave “read products” allowed."),),
        by_itself=_PAUSED,
        action=Action.RECONNECT,
    ),
    Reason(
        "shopify.uninstalled",
        headline=_("StockCraft was uninstalled in Shopify"),
        happened=_("Syncing ended and our access was deleted at once. Your products stay in StockCraft."),
        why=_("Someone with access to your Shopify admin removed the app."),
        steps=(_("Connect the store again if that was not intended."),),
        by_itself=_("Nothing: without access StockCraft reads nothing more."),
        action=Action.RECONNECT,
    ),
    Reason(
        "shopify.store_not_found",
        headline=_("No Shopify store answers at this address"),
        happened=_STOPPED_EARLY,
        why=_("The address is mistyped, or the store was renamed or closed."),
        steps=(_("Check the address, then connect again."),),
        by_itself=_NEXT_RUN,
        action=Action.RECONNECT,
    ),
    Reason(
        "shopify.store_paused",
        headline=_("Your Shopify store is paused or closed"),
        happened=_("Shopify refused to show the catalogue, so nothing more was read or removed."),
        why=_("Shopify freezes a store that is unpaid, paused or closed."),
        steps=(_("Reactivate it in Shopify; syncing resumes by itself."),),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "shopify.store_locked",
        headline=_("Shopify has locked your store"),
        happened=_("Shopify refused to show the catalogue, so nothing more was read or removed."),
        why=_("Shopify locks a store it suspects of abuse, fraud or a break-in."),
        steps=(_("Contact Shopify support to unlock the store."), _("Then choose Try again.")),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "shopify.unavailable",
        headline=_("Shopify did not answer in time"),
        happened=_STOPPED_BETWEEN,
        why=_("Shopify or the network between us had trouble for longer than we may wait."),
        steps=(_("Nothing to do: we try again at the next run, or choose Try again."),),
        by_itself=_(
            "StockCraft tried several times, waiting longer each time, and goes on at the next automatic sync."
        ),
    ),
    Reason(
        "shopify.throttled",
        headline=_("Shopify asked us to slow down for too long"),
        happened=_STOPPED_BETWEEN,
        why=_("Other apps use up the requests your store is allowed, or Shopify is busy."),
        steps=(_("Choose Try again in some minutes, or wait for the next run."),),
        by_itself=_("StockCraft keeps to Shopify’s pace, and goes on at the next automatic sync."),
    ),
    Reason(
        "shopify.bulk_failed",
        headline=_("Shopify could not finish preparing your catalogue"),
        happened=_STOPPED_BETWEEN,
        why=_("For a big catalogue Shopify prepares a file; this time it failed, ran out of time or was cancelled."),
        steps=(_("Choose Try again."),),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "shopify.version_ended",
        headline=_("This version of StockCraft is too old for Shopify"),
        happened=_STOPPED_EARLY,
        why=_("Shopify retires each version of its interface after a year."),
        steps=(_("Ask whoever runs this installation to update StockCraft."),),
        by_itself=_NEXT_RUN,
        action=Action.NONE,
    ),
    Reason(
        "shopify.search_ignored",
        headline=_("Shopify’s answer could not be relied on"),
        happened=_STOPPED_BETWEEN,
        why=_("Shopify ignored part of our question and answered another one, which proves nothing."),
        steps=(_("Choose Try again."), _CONTACT),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "shopify.unexpected_data",
        headline=_("Shopify answered in a way we do not understand"),
        happened=_STOPPED_BETWEEN,
        why=_("The answer as a whole is not what Shopify documents; a change on their side is likely."),
        steps=(_("Choose Try again."), _CONTACT),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "sync.interrupted",
        headline=_("This sync was interrupted by a restart"),
        happened=_("Products already saved are kept; the rest was not read."),
        why=_("StockCraft was restarted several times while it ran."),
        steps=(_("Choose Try again to finish."),),
        by_itself=_("A run that is interrupted once goes on by itself from its last finished step."),
    ),
    Reason(
        "sync.partial",
        headline=_("Some products could not be saved"),
        happened=_("Each is listed with its reason; the others are up to date."),
        why=_("What Shopify says of these products surprised us."),
        steps=(_("See them in the list of changes."), _("Correct them in Shopify, or choose Try again.")),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "sync.plan_limit",
        headline=_("Your plan has no room for more products"),
        happened=_("New products were skipped and named. Those already here keep updating."),
        why=_("The Free plan holds 50 products."),
        steps=(_("Upgrade to Plus, or remove products you no longer need; the next sync adds the rest."),),
        by_itself=_("New products come in as soon as there is room."),
        action=Action.UPGRADE,
    ),
    Reason(
        "sync.needs_confirmation",
        headline=_("This sync would change unusually much"),
        happened=_("The part that looked wrong was not written."),
        why=_("Many products would go, or many prices would change at once. Often that is a mistake in the shop."),
        steps=(_("Look at the planned changes."), _("Approve them, or correct the shop and sync again.")),
        by_itself=_("Nothing, until a person decides. Each sync that reads the whole shop makes the plan anew."),
    ),
    Reason(
        "sync.plan_stale",
        headline=_("Your shop has changed since you approved the plan"),
        happened=_("The rest of the plan was not written."),
        why=_("A product of the plan is not in Shopify any more as it was when the plan was made."),
        steps=(_("Start a sync: it looks at the shop as it is now."),),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "sync.cancelled",
        headline=_("This sync was stopped"),
        happened=_("What it had saved is kept and is right; nothing was removed."),
        why=_("Someone chose Stop, or the store was disconnected."),
        steps=(_("Choose Try again to finish."),),
        by_itself=_NEXT_RUN,
    ),
    Reason(
        "sync.run_lost",
        headline=_("Another worker took this sync over"),
        happened=_("What was saved is kept and is right."),
        why=_("The worker was silent for so long that another one went on with the run."),
        steps=(_("Choose Try again if the sync did not finish."),),
        by_itself=_("The other worker finishes the run."),
    ),
    Reason(
        "sync.catalogue_unavailable",
        headline=_("The catalogue could not be written"),
        happened=_STOPPED_BETWEEN,
        why=_("StockCraft’s database was away or full, again and again, while this sync wrote to it."),
        steps=(_("Try again. If it happens twice, tell the operator of this StockCraft."),),
        by_itself=_("StockCraft tried several times and tries again at the next automatic sync."),
    ),
    Reason(
        "sync.unexpected",
        headline=_("Something went wrong on our side"),
        happened=_("The sync stopped. What it had saved is kept; nothing was removed."),
        why=_("An error in StockCraft; it is recorded in full."),
        steps=(_("Try again, and send the code if it happens twice."),),
        by_itself=_NEXT_RUN,
    ),
)

_BY_CODE = {reason.code: reason for reason in REASONS}


def reason_for(code: str) -> Reason:
    """The reason with this code; an unknown code is our own fault."""
    return _BY_CODE.get(code) or _BY_CODE["sync.unexpected"]
