"""The holds that still stand: shop products that no later run has brought in since the last read of the whole shop."""

from __future__ import annotations

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from stockcraft.accounts.models import Account
from stockcraft.connections.models import Connection, IgnoredProduct
from stockcraft.syncs.models import Change, Decision, SyncRun, Trigger

NEEDS_DECISION = "needs_decision"
_SAME = {"connection": OuterRef("run__connection"), "shopify_product_id": OuterRef("shopify_product_id")}


def standing_holds(account: Account, reason: str) -> QuerySet[Change]:
    """The holds for this reason, of the last whole read of each shop or of a run since, that nothing came after."""
    whole = (
        SyncRun.objects.filter(connection=OuterRef("run__connection"), mode=SyncRun.Mode.FULL, confirms=None)
        .exclude(trigger__in=(Trigger.WEBHOOK, Trigger.UNDO))
        .exclude(status__in=(*SyncRun.LIVE, SyncRun.Status.FAILED, SyncRun.Status.CANCELLED))
        .order_by("-number")
    )
    later = Change.objects.filter(
        run__connection=OuterRef("run__connection"),
        shopify_product_id=OuterRef("shopify_product_id"),
        run__number__gt=OuterRef("run__number"),
    )
    holds = Change.objects.filter(account=account, kind=Change.Kind.HOLD, reason=reason)
    return (
        holds.exclude(run__connection__status=Connection.Status.DISCONNECTED)
        .filter(run__number__gte=Coalesce(Subquery(whole.values("number")[:1]), Value(0)))
        .exclude(Exists(later))
    )


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
