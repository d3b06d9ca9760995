"""What each webhook that is not about a product means; on every plan.

https://shopify.dev/docs/api/admin-graphql/latest/enums/WebhookSubscriptionTopic and
https://shopify.dev/docs/apps/build/privacy-law-compliance
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import QuerySet

from stockcraft.connections.models import Connection
from stockcraft.syncs.deliveries import Delivery
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.cancel import cancel_live_run
from stockcraft.workflows.erasure import erase
from stockcraft.workflows.tasks import promise

# What was done, in a word, and whether that was nothing.
Outcome = tuple[str, bool]
# Shopify asks for a shop's data to go two days after the app was removed.
REDACT_AFTER = timedelta(hours=48)
UNINSTALLED = "shopify.uninstalled"


def act_on(delivery: Delivery) -> Outcome:
    """Do what the delivery asks for, as far as that is still so."""
    action = _ACTIONS.get(delivery.topic)
    return action(delivery) if action else ("unknown_topic", True)


def _uninstalled(delivery: Delivery) -> Outcome:
    connection = _open(delivery)
    if connection is None:
        return "unknown_shop", True
    if connection.connected_at and delivery.triggered_at < connection.connected_at:
        # It came late: the merchant has installed the app again since.
        return "reinstalled", True
    cancel_live_run(connection)
    connection.disconnect(code=UNINSTALLED)
    return "disconnected", False


def _look_again(delivery: Delivery) -> Outcome:
    """Scopes or the shop itself changed: its upkeep asks what is true now."""
    connection = _open(delivery)
    if connection is None:
        return "unknown_shop", True
    Connection.objects.filter(pk=connection.pk).update(tended_at=None)
    return "looked_again", False


def _bulk_finished(delivery: Delivery) -> Outcome:
    """A run that waits for the shop's file need not wait longer; a job too many finds nothing to do."""
    connection = _open(delivery)
    waiting = SyncRun.objects.filter(connection=connection, status=SyncRun.Status.QUEUED, waiting_until__isnull=False)
    run = waiting.first() if connection else None
    if run is None:
        return "nobody_waits", True
    promise(run)
    return "woken", False


def _no_customer_data(delivery: Delivery) -> Outcome:
    """StockCraft reads no customers and no orders, so there is nothing to give or to erase."""
    return "no_customer_data", False


def _redact(delivery: Delivery) -> Outcome:
    """Erase what was read from a shop that removed the app, unless it has come back."""
    ours = list(_of_app(delivery))
    gone = [connection for connection in ours if _is_gone(connection, delivery)]
    for connection in gone:
        erase(connection)
    if gone:
        return "erased", False
    return ("still_connected" if ours else "unknown_shop"), True


def _is_gone(connection: Connection, delivery: Delivery) -> bool:
    removed_at = delivery.triggered_at - REDACT_AFTER
    if connection.connected_at and connection.connected_at > removed_at:
        return False
    return connection.status in (Connection.Status.DISCONNECTED, Connection.Status.NEEDS_RECONNECTING)


def _open(delivery: Delivery) -> Connection | None:
    return _of_app(delivery).exclude(status=Connection.Status.DISCONNECTED).first()


def _of_app(delivery: Delivery) -> QuerySet[Connection]:
    """The shop's connections through the app that sent this: another app's coming and going says nothing of them."""
    grant = Connection.Grant.CLIENT_CREDENTIALS if delivery.own_app else Connection.Grant.OAUTH
    return Connection.objects.filter(shop_domain=delivery.shop_domain, grant=grant)


_ACTIONS: dict[str, Callable[[Delivery], Outcome]] = {
    "app/uninstalled": _uninstalled,
    "app/scopes_update": _look_again,
    "shop/update": _look_again,
    "bulk_operations/finish": _bulk_finished,
    "customers/data_request": _no_customer_data,
    "customers/redact": _no_customer_data,
    "shop/redact": _redact,
}
