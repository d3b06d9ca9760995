"""A sync loses its database before every one of its writing statements, one after the other, and each time goes on.

What comes of it is held against a twin that nothing happened to: products and variants, the merchant's own fields, the
history with every change row, the run's counts and its connection; the shop takes the token that was kept, and another
sync finds nothing to do.

These bugs were planted, one at a time, and the sample caught each: the cursor committed before its page's rows;
products committed before their change rows; a digest committed before its fields; a merchant's note blanked by a worker
that takes a run over; a renewed token kept without its refresh token; a run that lost its database closed as if it were
done. A run taken over that leaves out the rest of its pages escaped, as this shop is one page. Writing without owning
the run, and dead workers' runs that nobody takes up, cannot show here: `workflows/test_runner.py` and
`workflows/test_start_and_rescue.py` caught those.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.db import connection as database
from django.test import override_settings
from django.utils import timezone
from procrastinate.exceptions import ConnectorException

import exact_faults
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.connections.tokens import Tokens
from stockcraft.syncs.models import SyncRun
from stockcraft.workflows.runner import run_sync
from stockcraft.workflows.start import request_sync
from tests_shops import CLIENT_ID, CLIENT_SECRET, simulator, transport

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
EVERY = 24


class Scene:
    """A shop that was synced once. Since then it has changed, the merchant has written much of their own, and the
    token is near its end."""

    def __init__(self, number: int) -> None:
        self._sim = simulator(f"scene-{number}")
        self._shop = self._sim.default.shop
        for title in ("Bowl", "Candle", "Lamp", "Rug", "Tote", "Vase"):
            self._shop.add_product(title, variants=[{"sku": title.lower(), "price": "10.00"}])
        token = self._sim.default.office.issue(["read_products"], seconds=3600, refreshable=True)
        owner = User.objects.create_user(f"alice{number}@example.com", "pw")
        self.connection = Connection.objects.create(
            account=Account.objects.open(f"Scene {number}", owner=owner, plan="plus"),
            shop_domain=self._shop.domain,
            access_token=token.access,
            refresh_token=token.refresh,
            token_expires_at=timezone.now() + timedelta(hours=1),
        )
        self.sync_to_the_end()
        self._what_happened_since()

    def _what_happened_since(self) -> None:
        shop = self._shop
        shop.rename(shop.by_title("Bowl").id, "Bowl of oak")
        shop.set_price(shop.by_title("Candle").variants[0].id, "99.00")
        shop.describe(shop.by_title("Lamp").id, "<p>Bright</p>")
        shop.delete(shop.by_title("Rug").id)
        shop.add_product("Mug")
        shop.add_product("Sash", variants=[{"sku": "sash-1"}])
        account = self.connection.account
        mine = Product.objects.create(account=account, title="My sash", notes="by hand")
        Variant.objects.create(account=account, product=mine, title="Default", sku="sash-1", own_cost="7.25")
        for product in Product.objects.filter(account=account, connection=self.connection):
            product.name_override, product.notes = f"My {product.title}", f"note of {product.title}"
            product.category = "Mine"
            product.save(update_fields=["name_override", "notes", "category"])
            product.variants.update(notes="mine", own_cost="3.50")
        Connection.objects.filter(pk=self.connection.pk).update(token_expires_at=timezone.now())

    def sync_to_the_end(self) -> SyncRun:
        """Press the button and let workers take the run until it has ended, whatever happens to them."""
        for _ in range(8):
            try:
                run, _created = request_sync(self.connection, "manual")
                run_sync(run.pk, transport=transport(self._sim))
                run.refresh_from_db()
            except (OperationalError, InterfaceError, ConnectorException):
                database.close()
                run = None
            if run and not run.is_live:
                return run
            self._time_passes()
        pytest.fail(f"it did not end: {self.connection.runs.values('status', 'phase', 'attempt', 'failure_code')}")

    def _time_passes(self) -> None:
        """The lease of a worker that is gone runs out, and so does its claim on the token."""
        long_ago = timezone.now() - timedelta(minutes=5)
        SyncRun.objects.filter(connection=self.connection, status="running").update(heartbeat_at=long_ago)
        Connection.objects.filter(pk=self.connection.pk).update(token_claimed_until=None)

    def renewed(self) -> bool:
        """Whether the token can be renewed again: what is kept is the pair that Shopify granted last."""
        connection = Connection.objects.get(pk=self.connection.pk)
        token = Tokens(connection, transport=transport(self._sim)).renew()
        return token != connection.access_token and self._sim.default.office.scopes_of(token) is not None

    def outcome(self) -> dict[str, Any]:
        """All that is left of it that a merchant could see."""
        connection = Connection.objects.get(pk=self.connection.pk)
        account = connection.account
        run = connection.runs.latest("pk")
        own = ("notes", "name_override", "category")
        return {
            "products": list(
                account.products.order_by("title", "pk").values_list(
                    "shopify_product_id", "title", "description_html", "archive_reason", *own
                )
            ),
            "variants": list(
                Variant.objects.filter(account=account)
                .order_by("product__title", "product_id", "pk")
                .values_list("product__title", "sku", "price", "notes", "own_cost")
            ),
            "history": [
                (shop_id, kind, title, [field for field in fields if not field["field"].endswith("_at")])
                for shop_id, kind, title, fields in run.changes.order_by("shopify_product_id").values_list(
                    "shopify_product_id", "kind", "title", "fields"
                )
            ],
            "run": (run.status, run.number, run.found, run.products_read, run.created, run.updated, run.archived),
            "runs": connection.runs.count(),
            "connection": (connection.status, connection.failure_code, connection.products_total),
            "token": self._sim.default.office.scopes_of(connection.access_token),
        }


@pytest.fixture
def _our_app() -> Iterator[None]:
    with override_settings(SHOPIFY_CLIENT_ID=CLIENT_ID, SHOPIFY_CLIENT_SECRET=CLIENT_SECRET, SHOPIFY_URL=""):
        yield


@pytest.mark.usefixtures("_our_app")
@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_whichever_statement_loses_the_database_the_sync_ends_as_its_undisturbed_twin(every: int) -> None:
    with exact_faults.exact_faults():
        twin = Scene(0)
        before = exact_faults.writes()
        twin.sync_to_the_end()
        statements = exact_faults.writes() - before
        expected = twin.outcome()
        assert statements > 20
        for number in range(1, statements + 1, every):
            scene = Scene(number)
            exact_faults.plan(number)

            scene.sync_to_the_end()

            exact_faults.forget()
            assert scene.outcome() == expected, f"before statement {number} of {statements}"
            again = scene.sync_to_the_end()
            assert not again.changes.exists(), f"after statement {number} of {statements}"
            assert scene.renewed(), f"after statement {number} of {statements}"
