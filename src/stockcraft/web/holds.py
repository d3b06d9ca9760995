"""The holds that still stand: shop products that no later run has brought in since the last read of the whole shop."""

from __future__ import annotations

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery

from stockcraft.accounts.models import Account
from stockcraft.connections.models import Connection, IgnoredProduct
from stockcraft.syncs.models import Change, Decision, SyncRun, Trigger

NEEDS_DECISION = "needs_decision"
_SAME = {"connection": OuterRef("run__connection"), "shopify_product_id": OuterRef("shopify_product_id")}


def standing_holds(account: Account, reason: str) -> QuerySet[Change]:
    """The holds for this reason, of the last whole read of each shop or of a run since, that nothing came after."""
    later = Change.objects.filter(
        run__connection=OuterRef("run__connection"),
        shopify_product_id=OuterRef("shopify_product_id"),
        run__number__gt=OuterRef("run__number"),
    ).exclude(run__trigger=Trigger.PREVIEW)
    holds = Change.objects.filter(account=account, kind=Change.Kind.HOLD, reason=reason)
    return holds.filter(run__in=_runs_that_count(account)).exclude(Exists(later))


def _runs_that_count(account: Account) -> QuerySet[SyncRun]:
    """Of each shop, the last run that read all of it, and those since."""
    whole = (
        SyncRun.objects.filter(connection=OuterRef("pk"), mode=SyncRun.Mode.FULL, confirms=None)
        .exclude(trigger__in=(Trigger.WEBHOOK, Trigger.UNDO, Trigger.PREVIEW))
        .exclude(status__in=(*SyncRun.LIVE, SyncRun.Status.FAILED, SyncRun.Status.CANCELLED))
        .order_by("-number")
    )
    connections = account.connections.exclude(status=Connection.Status.DISCONNECTED)
    # Asked for first: one number for each shop, not one for each run.
    since = Q(pk__in=[])
    for pk, number in connections.annotate(whole=Subquery(whole.values("number")[:1])).values_list("pk", "whole"):
        since |= Q(connection=pk, number__gte=number or 0)
    return account.runs.filter(since)


def undecided(account: Account) -> QuerySet[Change]:
    """The shop products that a person has to say something about."""
    return standing_holds(account, NEEDS_DECISION).exclude(_is_decided())


def decided(account: Account) -> QuerySet[Change]:
    """Those that a person has said something about, which the next sync takes care of."""
    return standing_holds(account, NEEDS_DECISION).filter(_is_decided())


def with_decisions(account: Account) -> QuerySet[Change]:
    """Both, with ``is_decided`` and ``is_ignored``; those that wait for an answer first."""
    either = ExpressionWrapper(_is_decided(), output_field=BooleanField())
    holds = standing_holds(account, NEEDS_DECISION).annotate(is_decided=either, is_ignored=_is_ignored())
    return holds.order_by(F("is_decided").asc(), "run__connection", "pk")


def _is_decided() -> Q:
    # A decision from before the run did not settle it: the product that was chosen is gone, for instance.
    said = Decision.objects.filter(**_SAME, undone=False, created_at__gte=OuterRef("run__requested_at"))
    return Q(Exists(said)) | Q(_is_ignored())


def _is_ignored() -> Exists:
    return Exists(IgnoredProduct.objects.filter(**_SAME))
