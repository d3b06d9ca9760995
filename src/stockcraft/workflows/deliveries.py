"""What is done about webhooks, shop by shop: products that were touched are looked up, the rest is acted on at once.

Deliveries come late, twice and in any order, so each is a hint: what is true now is asked of the shop.
https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shopsync.ports import Phase
from stockcraft.accounts.plans import Plan
from stockcraft.connections.models import Connection
from stockcraft.syncs.deliveries import PRODUCT_TOPICS, Delivery, DeliveryQuerySet
from stockcraft.syncs.models import Change, SyncRun, Trigger
from stockcraft.workflows.start import request_sync
from stockcraft.workflows.topics import act_on

log = logging.getLogger(__name__)

BATCH = 100
# What a person may want to see in Sync History; products that stay left out are no news.
NEWS = [kind for kind in Change.Kind.values if kind != Change.Kind.HOLD]


def take_deliveries() -> int:
    """Deal with every delivery that waits; returns how many were. Any number of workers may do so at once."""
    for run in SyncRun.objects.exclude(status__in=SyncRun.LIVE).filter(deliveries__status="taken").distinct():
        settle(run)
    total = _act()
    waiting = Delivery.objects.waiting().hints()
    for shop_domain in waiting.order_by("shop_domain").values_list("shop_domain", flat=True).distinct():
        total += _follow(shop_domain)
    return total


def settle(run: SyncRun) -> None:
    """Write what became of the deliveries a run took up. A run that found nothing new leaves no row: in a busy shop
    every sale touches a product, and Sync History would tell of nothing else."""
    if run.is_live:
        return
    taken = Delivery.objects.filter(run=run, status=Delivery.Status.TAKEN)
    taken.finish(run.failure_code or run.status)
    if run.is_hints and run.status in SyncRun.SUCCESSES and not run.changes.filter(kind__in=NEWS).exists():
        Delivery.objects.filter(run=run).update(outcome="unchanged")
        run.delete()


def forget_old_deliveries() -> int:
    """Delete deliveries that are older than their retention; returns how many."""
    old = timezone.now() - timedelta(days=settings.WEBHOOK_DAYS)
    deleted, _ = Delivery.objects.filter(received_at__lt=old).delete()
    return deleted


def _act() -> int:
    """Act on those that do not name a product, one transaction each, so that one in trouble holds up no other."""
    waiting = Delivery.objects.waiting().exclude(topic__in=PRODUCT_TOPICS)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH])
    for delivery_id in ids:
        try:
            with transaction.atomic():
                mine = Delivery.objects.waiting().select_for_update(skip_locked=True).filter(pk=delivery_id)
                for delivery in mine:
                    outcome, ignored = act_on(delivery)
                    Delivery.objects.filter(pk=delivery.pk).finish(outcome, ignored=ignored)
        except Exception:
            log.exception("Delivery %s could not be acted on", delivery_id)
            Delivery.objects.waiting().filter(pk=delivery_id).finish("failed")
    return len(ids)


def _follow(shop_domain: str) -> int:
    """Let one run take up every hint of a shop that waits; while another run is live they go on waiting."""
    waiting = Delivery.objects.waiting().hints().filter(shop_domain=shop_domain)
    open_ones = Connection.objects.exclude(status=Connection.Status.DISCONNECTED).select_related("account")
    connection = open_ones.filter(shop_domain=shop_domain).first()
    if why_not := _why_not(connection):
        return waiting.finish(why_not, ignored=True)
    assert connection
    waiting.filter(shopify_product_id=None).finish("no_product", ignored=True)
    return _take(connection, waiting) if waiting.exists() else 0


def _take(connection: Connection, waiting: DeliveryQuerySet) -> int:
    with transaction.atomic():
        mode = SyncRun.Mode.CHANGES
        run, created = request_sync(connection, Trigger.WEBHOOK, phase=Phase.HINTS.value, mode=mode)
        if not created:
            return 0
        taken = waiting.update(run=run, status=Delivery.Status.TAKEN)
        named = Delivery.objects.filter(run=run).values("shopify_product_id").distinct().count()
        SyncRun.objects.filter(pk=run.pk).update(products_total=named)
    return taken


def _why_not(connection: Connection | None) -> str:
    """Why hints about this shop's products are not followed; empty when they are."""
    if connection is None:
        return "unknown_shop"
    if connection.account.plan != Plan.PLUS:
        return "plan"
    if connection.status != Connection.Status.CONNECTED:
        return connection.status
    return "" if connection.auto_sync else "auto_sync_off"
