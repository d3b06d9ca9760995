"""Approving a plan: the run that carries it out and its job come into being together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from stockcraft.syncs.confirming import approve_plan
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.tasks import promise

if TYPE_CHECKING:
    from stockcraft.accounts.models import User


def approve(run: SyncRun, by: User | None = None) -> SyncRun:
    """Carry out exactly the plan of a run that needs confirmation; gives the run that does.

    Every product is looked up again: where the shop has changed since, the new run fails as ``sync.plan_stale``.
    Raises ``Refused`` when the plan is not there to approve, or a sync of the shop is under way.
    """
    with transaction.atomic():
        confirming = approve_plan(run, by)
        promise(confirming)
    return confirming
