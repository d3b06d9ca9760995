"""Why a run skipped products: how many for each reason, and what a person may do about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stockcraft.accounts.plans import Plan
from stockcraft.syncs.models import Change, SyncRun
from stockcraft.web.waiting import PLAN_LIMIT


@dataclass(frozen=True)
class Skipped:
    """So many products of a run, skipped for one reason."""

    reason: str
    count: int

    @property
    def why(self) -> str:
        """The reason in words."""
        return hold_reason(self.reason)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return hold_remedy(self.reason)


def skips(run: SyncRun) -> list[Skipped]:
    """The reasons of the run's holds, the commonest first, in one query."""
    holds = run.changes.filter(kind=Change.Kind.HOLD).order_by()
    counted = holds.values_list("reason").annotate(count=Count("pk"))
    return [Skipped(reason, count) for reason, count in sorted(counted, key=lambda row: (-row[1], row[0]))]


def hold_reason(code: str) -> str:
    """Why a shop product was not brought in."""
    if code == PLAN_LIMIT:
        holds = Plan.FREE.holds or 0
        return ngettext(
            "Not added: Free plan limit of %(holds)s reached", "Not added: Free plan limit of %(holds)s reached", holds
        ) % {"holds": holds}
    if code == "ignored":
        return _("Ignored: you chose to leave it out")
    if code == "guard":
        return _("Not written: one of unusually many changes that someone has to confirm")
    if code == "undone":
        return _("Undone before: not done again until you say so, or it changes in Shopify")
    if code == "not_chosen":
        return _("Left out: not among the products you chose")
    return _("Needs your decision")


def hold_remedy(code: str) -> str:
    """What a person may do about shop products that were not brought in for this reason."""
    if code == PLAN_LIMIT:
        return _("They are safe in Shopify. Upgrade to Plus, and they come in at once.")
    if code == "ignored":
        return _("Nothing to do: syncs leave them out as you asked.")
    if code == "guard":
        return _("Look at the planned changes, then approve or dismiss them.")
    if code == "undone":
        return _("To have the change made after all, choose Do it again beside the product.")
    if code == "not_chosen":
        return _("To bring them in after all, tick them in a preview.")
    return _("Say which of your products they are, or import them as new: StockCraft does not guess.")
