"""What must hold of a fleet, whatever happens to it: every sync is held against its shop when it has ended, and at last
everything is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Sum

from catalogues import catalogue, shown
from real_processes import ShopProcess
from shopsync.errors import Reconnect
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.models import Connection
from stockcraft.connections.source import open_source
from stockcraft.syncs.models import Change, SyncRun

# A product's title in each run that changed it, oldest first: what one run wrote is what the next one found.
BROKEN_TITLES = """
    WITH told AS (
        SELECT run.connection_id, run.number, change.shopify_product_id, field->>'before' AS before,
               lag(field->>'after') OVER (
                   PARTITION BY run.connection_id, change.shopify_product_id ORDER BY run.number
               ) AS earlier,
               field->>'after' AS after
          FROM syncs_change AS change
          JOIN syncs_syncrun AS run ON run.id = change.run_id
          CROSS JOIN jsonb_array_elements(change.fields) AS field
         WHERE field->>'field' = 'title' AND change.kind IN ('update', 'restore')
    )
    SELECT * FROM told WHERE before = after OR earlier <> before
"""

Shown = dict[int, Any]
OwnVariants = dict[int, tuple[str, Decimal]]
OwnProducts = dict[int, tuple[str, str, str]]


class Books:
    """Remembers what each shop showed when its last sync was checked, and what the merchant wrote."""

    def __init__(self, shops: Sequence[tuple[ShopProcess, Connection]]) -> None:
        self._shops = shops
        self._shown: dict[int, Shown] = {connection.pk: {} for _there, connection in shops}
        # The last run there was when the shop changed last, and when a sync was last checked.
        self._synced, self._checked = dict.fromkeys(self._shown, 0), dict.fromkeys(self._shown, 0)
        self._tokens = {connection.pk: connection.access_token for _there, connection in shops}
        self._own_variants: OwnVariants = {}
        self._own_products: OwnProducts = {}
        # What the merchant was writing when the database was lost: all of it is there, or nothing.
        self._unsure: tuple[OwnVariants, OwnProducts] | None = None
        self.syncs_checked = 0
        self.wrong: list[str] = []

    # --- Sync by sync ---------------------------------------------------------------------------------------------

    def close(self, there: ShopProcess, connection: Connection) -> bool:
        """Check the sync that ended since the shop changed last; False when none did: the shop must be synced first.

        A sync that succeeded leaves the catalogue as the shop is. One that had the shop's changes to itself wrote
        exactly one change row for each product that differs, of the right kind.
        """
        ended = list(connection.runs.filter(pk__gt=self._synced[connection.pk]).order_by("pk"))
        if not ended:
            return False
        self._synced[connection.pk] = ended[-1].pk
        if ended[-1].status == SyncRun.Status.SUCCEEDED:
            now = shown(there)
            self._compare(connection, now)
            if connection.runs.filter(pk__gt=self._checked[connection.pk]).count() == 1:
                self._check_changes(ended[-1], self._shown[connection.pk], now)
            self.syncs_checked += 1
            self._shown[connection.pk], self._checked[connection.pk] = now, ended[-1].pk
        return True

    def _compare(self, connection: Connection, now: Shown) -> None:
        here = catalogue(connection)
        if differing := {key for key in here.keys() | now.keys() if here.get(key) != now.get(key)}:
            self.wrong.append(f"{connection} differs in {len(differing)} products after a sync that succeeded")

    def _check_changes(self, run: SyncRun, before: Shown, now: Shown) -> None:
        expected = dict.fromkeys(now.keys() - before.keys(), "create")
        expected |= dict.fromkeys(before.keys() - now.keys(), "archive")
        expected |= {key: "update" for key in now.keys() & before.keys() if now[key] != before[key]}
        told = dict(run.changes.values_list("shopify_product_id", "kind"))
        if told != expected:
            odd = {key for key in told.keys() | expected.keys() if told.get(key) != expected.get(key)}
            self.wrong.append(f"{run} tells otherwise of {len(odd)} products than what changed in the shop")

    # --- The merchant's own ---------------------------------------------------------------------------------------

    def merchants_write(self, chance: random.Random, count: int) -> None:
        """Names, notes and costs of their own, on so many variants and products, at once."""
        self._be_sure()
        variants = list(Variant.objects.order_by("?")[:count])
        for variant in variants:
            variant.notes, variant.own_cost = f"note {chance.random()}", Decimal(chance.randint(1, 999))
        products = list(Product.objects.order_by("?")[:count])
        for product in products:
            product.name_override = f"name {chance.random()}"
            product.notes, product.category = f"note {chance.random()}", f"category {chance.random()}"
        self._unsure = (
            {one.pk: (one.notes, one.own_cost or Decimal(0)) for one in variants},
            {one.pk: (one.name_override, one.notes, one.category) for one in products},
        )
        with transaction.atomic():
            Variant.objects.bulk_update(variants, ["notes", "own_cost"])
            Product.objects.bulk_update(products, ["name_override", "notes", "category"])
        self._remember(*self._unsure)

    def _be_sure(self) -> None:
        """Count what was cut off at its end, if it is there: any one value tells of all."""
        if self._unsure and self._unsure[0].items() & _variants_now(self._unsure[0]).items():
            self._remember(*self._unsure)
        self._unsure = None

    def _remember(self, variants: OwnVariants, products: OwnProducts) -> None:
        self._own_variants |= variants
        self._own_products |= products
        self._unsure = None

    def local_fields(self) -> int:
        """How many values the merchant has written that still count."""
        return 2 * len(self._own_variants) + 3 * len(self._own_products)

    def lost_local_fields(self) -> list[int]:
        """Variants and products whose own values are not what the merchant wrote last."""
        self._be_sure()
        products = Product.objects.filter(pk__in=self._own_products)
        found = _variants_now(self._own_variants)
        own = {pk: values for pk, *values in products.values_list("pk", "name_override", "notes", "category")}
        lost = [pk for pk, kept in self._own_variants.items() if found.get(pk) != kept]
        return lost + [pk for pk, kept in self._own_products.items() if tuple(own.get(pk, ())) != kept]

    # --- At last --------------------------------------------------------------------------------------------------

    def differing_shops(self) -> list[str]:
        """Shops whose catalogue here is not what the shop shows, or whose last sync had something to say."""
        last = {connection.pk: connection.runs.latest("pk") for _there, connection in self._shops}
        return [
            connection.shop_domain
            for there, connection in self._shops
            if catalogue(connection) != shown(there) or last[connection.pk].status != SyncRun.Status.SUCCEEDED
        ]

    def lost_tokens(self) -> list[str]:
        """Connections that need a person, or whose shop does not take the token that is kept."""
        return [connection.shop_domain for _there, connection in self._shops if not _is_let_in(connection.pk)]

    def renewed_tokens(self) -> int:
        """How many connections have another token than in the beginning."""
        found = Connection.objects.filter(pk__in=self._tokens)
        return sum(one.access_token != self._tokens[one.pk] for one in found)

    def repeated_changes(self) -> list[int]:
        """Runs whose change rows name a product twice, and products that came in twice."""
        seen = Counter(Change.objects.values_list("run_id", "shopify_product_id"))
        created = Counter(Change.objects.filter(kind="create").values_list("run__connection_id", "shopify_product_id"))
        products = Counter(Product.objects.values_list("connection_id", "shopify_product_id"))
        return [key[1] for counter in (seen, created, products) for key, count in counter.items() if count > 1]

    def broken_histories(self) -> list[object]:
        """Changes that tell something else than what the run before them left."""
        with database.cursor() as cursor:
            cursor.execute(BROKEN_TITLES)
            return list(cursor.fetchall())

    def statuses(self) -> Counter[str]:
        """How many runs ended how, with the reason of those that failed."""
        return Counter(
            f"{status} {code}".strip() for status, code in SyncRun.objects.values_list("status", "failure_code")
        )

    def takeovers(self) -> int:
        """How often a run was claimed again."""
        return (SyncRun.objects.aggregate(claims=Sum("attempt"))["claims"] or 0) - SyncRun.objects.count()

    def changes(self) -> int:
        """How many change rows there are."""
        return Change.objects.count()


def _variants_now(pks: Iterable[int]) -> OwnVariants:
    found = Variant.objects.filter(pk__in=pks).values_list("pk", "notes", "own_cost")
    return {pk: (notes, cost) for pk, notes, cost in found}


def _is_let_in(connection_id: int) -> bool:
    connection = Connection.objects.get(pk=connection_id)
    source = open_source(connection)
    try:
        source.count()
    except Reconnect:
        return False
    finally:
        source.client.close()
    return connection.status == Connection.Status.CONNECTED
