"""Webhook deliveries: one row each, unique by Shopify's delivery id, kept until its retention ends.

A row says which shop and which product a delivery names, never what its body said: what changed is asked of the shop.
https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, models
from django.db import connection as database
from django.db.models import Q
from django.utils import timezone

PRODUCT_TOPICS = ("products/create", "products/update", "products/delete")
PRIVACY_TOPICS = ("customers/data_request", "customers/redact", "shop/redact")

RECEIVE = """
    INSERT INTO syncs_delivery
           (webhook_id, topic, shop_domain, shopify_product_id, own_app, triggered_at, received_at, status, outcome)
    VALUES (%s, %s, %s, %s, %s, %s, now(), %s, %s)
        ON CONFLICT (webhook_id) DO NOTHING
"""


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Questions about many deliveries."""

    def waiting(self) -> DeliveryQuerySet:
        """Those nobody has dealt with yet."""
        return self.filter(status=Delivery.Status.WAITING)

    def hints(self) -> DeliveryQuerySet:
        """Those that name a product which was touched."""
        return self.filter(topic__in=PRODUCT_TOPICS)

    def finish(self, outcome: str, *, ignored: bool = False) -> int:
        """Write what became of them; returns how many they are."""
        status = Delivery.Status.IGNORED if ignored else Delivery.Status.DONE
        return self.update(status=status, outcome=outcome, finished_at=timezone.now())


class Delivery(models.Model):
    """One webhook that Shopify delivered: a hint to look, never proof of anything."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        DONE = "done"
        IGNORED = "ignored"

    webhook_id = models.CharField(max_length=64, unique=True, help_text="Shopify's X-Shopify-Webhook-Id.")
    topic = models.CharField(max_length=64)
    shop_domain = models.CharField(max_length=255)
    shopify_product_id = models.BigIntegerField(null=True, blank=True)
    own_app = models.BooleanField(default=False, help_text="Signed by the merchant's own app, not by this one's.")
    triggered_at = models.DateTimeField(help_text="When it happened in the shop.")
    received_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    outcome = models.CharField(max_length=64, blank=True, help_text="What was done, or why nothing was.")
    run = models.ForeignKey(
        "syncs.SyncRun", on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries"
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["shop_domain"], condition=Q(status="waiting"), name="delivery_waiting"),
            models.Index(fields=["run", "shopify_product_id"], condition=Q(status="taken"), name="delivery_taken"),
            models.Index(fields=["shop_domain", "-received_at"], name="delivery_of_shop"),
            models.Index(fields=["received_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} of {self.shop_domain}"


def receive(
    webhook_id: str,
    topic: str,
    shop_domain: str,
    *,
    product_id: int | None = None,
    own_app: bool = False,
    triggered_at: datetime | None = None,
    ignored: str = "",
) -> None:
    """Keep a delivery, once however often it comes: a single statement, since Shopify waits for the answer.

    ``ignored`` says why nothing will be done about it.
    """
    status = Delivery.Status.IGNORED if ignored else Delivery.Status.WAITING
    happened = triggered_at or timezone.now()
    _write([webhook_id, topic, shop_domain, product_id, own_app, happened, status.value, ignored])


def _write(row: list[Any]) -> None:
    """Without asking first whether the connection still lives: in a flood that is every second question. Where it does
    not, the row is written again over a new one, which does no harm if it was there."""
    # https://docs.djangoproject.com/en/5.2/ref/settings/#conn-health-checks
    database.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it
    try:
        _execute(row)
    except (OperationalError, InterfaceError):
        if database.in_atomic_block:
            raise
        database.close()
        _execute(row)


def _execute(row: list[Any]) -> None:
    with database.cursor() as cursor:
        cursor.execute(RECEIVE, row)
