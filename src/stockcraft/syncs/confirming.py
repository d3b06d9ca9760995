"""A run that the guard stopped waits for a person, who approves its plan once or dismisses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from stockcraft.connections.refused import Refused
from stockcraft.syncs.models import PlannedChange, SyncRun, Trigger
from stockcraft.syncs.reading import execute

if TYPE_CHECKING:
    from stockcraft.accounts.models import User

COPY_PLAN = """
    INSERT INTO syncs_plannedchange (run_id, part, shopify_product_id, product_id, title, digest, fields)
    SELECT %s, part, shopify_product_id, product_id, title, digest, fields FROM syncs_plannedchange WHERE run_id = %s
"""


def what_is_planned(run: SyncRun) -> str:
    """What the guard stopped, in English for logs and engineers; empty when it stopped nothing."""
    counts = dict(run.planned.values_list("part").annotate(count=Count("pk")))
    return ", ".join(
        f"{counts[part]} {words}"
        for part, words in (
            (PlannedChange.Part.ARCHIVES, "products to archive"),
            (PlannedChange.Part.UPDATES, "products to blank or reprice"),
        )
        if part in counts
    )


def approve_plan(run: SyncRun, by: User | None = None) -> SyncRun:
    """A queued run that carries out exactly this run's plan; whoever calls promises its job.

    The plan can be approved once. Raises ``Refused`` when it was decided on before, when a later sync overtook it,
    or while another sync of the shop is under way.
    """
    with transaction.atomic():
        _decide(run, SyncRun.Decision.APPROVED, by)
        confirming, created = SyncRun.objects.request(run.connection, Trigger.MANUAL, by=by, confirms=run)
        if not created:
            raise Refused(_("A sync of this shop is under way; wait for it to end."))
        execute(COPY_PLAN, [confirming.pk, run.pk])
    return confirming


def dismiss_plan(run: SyncRun, by: User | None = None) -> None:
    """Leave everything as it is; the next sync looks at the shop afresh. Raises ``Refused`` as above."""
    with transaction.atomic():
        _decide(run, SyncRun.Decision.DISMISSED, by)


def _decide(run: SyncRun, decision: str, by: User | None) -> None:
    waiting = SyncRun.objects.filter(pk=run.pk, status=SyncRun.Status.NEEDS_CONFIRMATION, decision="")
    decided = waiting.update(decision=decision, decided_by=by, decided_at=timezone.now())
    run.refresh_from_db()
    if not decided:
        raise Refused(_("There is nothing to confirm any more: this was decided, or a later sync looked afresh."))
