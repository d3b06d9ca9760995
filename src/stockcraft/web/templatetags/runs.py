"""How pages speak of a run: its badge, what started it, what it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from stockcraft.syncs.models import Notice, SyncRun, Trigger
from stockcraft.syncs.reasons import Reason, reason_for
from stockcraft.web import formats

# One tone and one icon per state, the same everywhere.
BADGES = {
    SyncRun.Status.QUEUED: ("", "clock"),
    SyncRun.Status.RUNNING: ("info", ""),
    SyncRun.Status.SUCCEEDED: ("ok", "circle-check"),
    SyncRun.Status.WARNINGS: ("warn", "triangle-alert"),
    SyncRun.Status.NEEDS_CONFIRMATION: ("warn", "circle-alert"),
    SyncRun.Status.FAILED: ("bad", "circle-x"),
    SyncRun.Status.CANCELLED: ("", "circle-slash"),
}

# What a run may have done: tone, icon, the run's counter, and its words.
TALLIES = (
    ("ok", "plus", "created", ngettext_lazy("%(n)s added", "%(n)s added", "n")),
    ("accent", "pencil", "updated", ngettext_lazy("%(n)s updated", "%(n)s updated", "n")),
    ("ok", "archive-restore", "restored", ngettext_lazy("%(n)s restored", "%(n)s restored", "n")),
    ("warn", "archive", "archived", ngettext_lazy("%(n)s removed", "%(n)s removed", "n")),
    ("warn", "circle-slash", "held", ngettext_lazy("%(n)s skipped", "%(n)s skipped", "n")),
    ("bad", "circle-x", "failed", ngettext_lazy("%(n)s failed", "%(n)s failed", "n")),
    ("warn", "copy", "duplicates", ngettext_lazy("%(n)s duplicate", "%(n)s duplicates", "n")),
)

register = template.Library()


@dataclass(frozen=True)
class Tally:
    """One count: its tone, its icon, and its words ("3 added")."""

    tone: str
    icon: str
    number: int
    words: str


@register.inclusion_tag("_run_badge.html")
def run_badge(run: SyncRun) -> dict[str, Any]:
    """The run's status as a pill with an icon and a word."""
    tone, icon = BADGES[SyncRun.Status(run.status)]
    return {"tone": tone, "icon": icon, "word": SyncRun.Status(run.status).label}


@register.simple_tag(takes_context=True)
def run_trigger(context: dict[str, Any], run: SyncRun) -> str:
    """What started the run, and who."""
    if run.trigger == Trigger.MANUAL and run.requested_by:
        if run.requested_by == context["request"].user:
            return _("Manual, by you")
        return _("Manual, by %(name)s") % {"name": run.requested_by}
    if run.trigger == Trigger.UNDO and run.requested_by:
        if run.requested_by == context["request"].user:
            return _("Undo, by you")
        return _("Undo, by %(name)s") % {"name": run.requested_by}
    return str(Trigger(run.trigger).label)


@register.inclusion_tag("_run_tallies.html")
def run_tallies(run: SyncRun, short: bool = False) -> dict[str, Any]:
    """What the run did, as icons with numbers; in words unless ``short``."""
    return {"run": run, "tallies": list(_tallies(run)), "short": short, "reason": failure(run)}


@register.simple_tag
def run_outcome(run: SyncRun) -> str:
    """How the run ended, for a screen reader that followed it."""
    if run.status not in SyncRun.SUCCESSES:
        return str(run.get_status_display())
    if wrote_nothing(run):
        return _("Sync finished. Nothing to change.")
    return _("Sync finished: %(added)s added, %(updated)s updated.") % {"added": run.created, "updated": run.updated}


@register.simple_tag
def notice_text(notice: Notice) -> str:
    """A run's warning as a sentence."""
    if notice.code == Notice.Code.BOOKS:
        return _("The counts of this sync do not add up: not every product found in Shopify has an outcome.")
    if notice.code == Notice.Code.COUNT:
        return _("After this sync, the number of products here differs from Shopify’s own count.")
    if notice.code == Notice.Code.VERSION:
        return _("Shopify answered with another version of its interface than the one asked for.")
    return str(notice.get_code_display())


@register.simple_tag(takes_context=True)
def decision_words(context: dict[str, Any], run: SyncRun) -> str:
    """What became of the run's planned changes, and who decided."""
    if run.decided_at is None or run.decision == SyncRun.Decision.SUPERSEDED:
        return _("A later sync looked at the whole shop and planned anew, so this cannot be approved any more.")
    who = _("you") if run.decided_by == context["request"].user else run.decided_by or _("a former member")
    said = {"who": who, "when": formats.utc(run.decided_at)}
    if run.decision == SyncRun.Decision.APPROVED:
        return _("Approved by %(who)s, %(when)s.") % said
    return _("Dismissed by %(who)s, %(when)s. Nothing was changed.") % said


@register.filter
def failure(run: SyncRun) -> Reason | None:
    """Why the run failed, if it did."""
    return reason_for(run.failure_code) if run.status == SyncRun.Status.FAILED else None


@register.filter
def happened(reason: Reason, run: SyncRun | None) -> Any:
    """What happened, given how far the run came."""
    return reason.happened_after(run.products_read if run else 0)


@register.filter
def wrote_nothing(run: SyncRun) -> bool:
    """Whether the run left every product as it was."""
    return not (run.created or run.updated or run.restored or run.archived)


def _tallies(run: SyncRun) -> Iterator[Tally]:
    for tone, icon, name, words in TALLIES:
        if count := getattr(run, name):
            yield Tally(tone, icon, count, words % {"n": count})
