"""The catalogue in PostgreSQL from the merchant's side: the second workbench of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.utils import timezone

from contracts.catalogue_contract import Kept, KeptVariant
from shopsync.changes import Choice, Duplicate, Planned, Tally
from shopsync.guard import Part
from shopsync.policy import Rule
from shopsync.ports import Phase
from shopsync.route import Route, Way, Why
from shopsync.values import ShopProduct
from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import FieldRule, Product, Variant
from stockcraft.connections.models import Connection, Selection
from stockcraft.syncs import closing, memory, reading, selecting
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.confirming import approve_plan
from stockcraft.syncs.models import Change, Decision, Delivery, SyncRun, Trigger
from stockcraft.syncs.preview import PreviewCatalogue
from stockcraft.syncs.rows import PRODUCT_COLUMNS, VARIANT_COLUMNS, product_row, variant_row

_numbers = count(1)


class LimitedCatalogue(DjangoCatalogue):
    """The catalogue on a plan that holds as many products as a test wants."""

    def __init__(self, run: SyncRun, attempt: int, limit: int | None) -> None:
        super().__init__(run, attempt)
        self._limit = limit

    def room(self) -> int | None:
        """The room that the test's own limit leaves."""
        return None if self._limit is None else self._limit - reading.live_products(self.run)


class LimitedPreview(PreviewCatalogue):
    """The same of a preview."""

    def __init__(self, run: SyncRun, attempt: int, limit: int | None) -> None:
        super().__init__(run, attempt)
        self._limit = limit

    def room(self) -> int | None:
        """The room that the test's own limit would leave."""
        return None if self._limit is None else self._limit - self.live_products()


class DjangoBench:
    """The catalogue in PostgreSQL from the merchant's side."""

    def __init__(self) -> None:
        number = next(_numbers)
        owner = User.objects.create_user(f"bench-{number}@example.com")
        self._account = Account.objects.open(f"Bench {number}", owner=owner)
        self._connection = Connection.objects.create(account=self._account, shop_domain=f"bench-{number}.myshopify.com")
        self._limit: int | None = None
        self._run: SyncRun | None = None
        self.clock = timezone.now

    def new_run(self, *, whole: bool = True) -> DjangoCatalogue:
        self._end_the_live_run()
        if whole:
            Connection.objects.filter(pk=self._connection.pk).update(whole_read_at=None)
        self._run, _created = SyncRun.objects.request(self._connection, Trigger.MANUAL)
        SyncRun.objects.filter(pk=self._run.pk).update(started_at=self.clock())
        return self.resumed()

    def follow(self, *shop_ids: int) -> DjangoCatalogue:
        self._end_the_live_run()
        hints = {"phase": Phase.HINTS.value, "mode": SyncRun.Mode.CHANGES}
        self._run, _created = SyncRun.objects.request(self._connection, Trigger.WEBHOOK, **hints)
        now = timezone.now()
        Delivery.objects.bulk_create(
            Delivery(
                webhook_id=uuid4().hex, topic="products/update", shop_domain=self._connection.shop_domain,
                shopify_product_id=shop_id, triggered_at=now, status=Delivery.Status.TAKEN, run=self._run,
            )
            for shop_id in shop_ids
        )  # fmt: skip
        return self.resumed()

    def preview(self) -> PreviewCatalogue:
        self._end_the_live_run()
        self._preview, _created = SyncRun.objects.request(self._connection, Trigger.PREVIEW)
        SyncRun.objects.filter(pk=self._preview.pk).update(status=SyncRun.Status.RUNNING, started_at=self.clock())
        return LimitedPreview(self._preview, self._preview.attempt, self._limit)

    def previewed(self) -> tuple[Tally, Sequence[Planned], Mapping[int, str]]:
        run = self._preview
        said = _tally(run), reading.planned(run, tuple(Part), 0, 1000), _outcomes(run)
        closing.close_run(run, run.attempt)
        return said

    def done(self) -> Mapping[int, str]:
        return _outcomes(self._live())

    @contextmanager
    def _by_our_clock(self) -> Iterator[None]:
        """Whoever wants the whole shop read wants it now, by the clock that says when runs begin."""
        mine = Connection.objects.filter(pk=self._connection.pk)
        before = mine.values_list("whole_read_wanted_at", flat=True).get()
        yield
        mine.exclude(whole_read_wanted_at=before).update(whole_read_wanted_at=self.clock() + timedelta(milliseconds=1))

    def leave_out(self, shop_id: int) -> None:
        with self._by_our_clock():
            self._leave_out(shop_id)

    def _leave_out(self, shop_id: int) -> None:
        live = Product.objects.filter(connection=self._connection, shopify_product_id=shop_id).order_by("pk")[:1]
        if not selecting.leave_out(self._account, [product.pk for product in live]):
            Selection.objects.update_or_create(
                connection=self._connection,
                shopify_product_id=shop_id,
                defaults={"state": Selection.State.LEFT_OUT},
            )
            self._connection.want_whole_read()

    def take_in(self, shop_id: int) -> None:
        selection, _new = Selection.objects.get_or_create(connection=self._connection, shopify_product_id=shop_id)
        with self._by_our_clock():
            selecting.take_in(self._account, [selection], Change.objects.none())

    def _end_the_live_run(self) -> None:
        SyncRun.objects.live().filter(connection=self._connection).update(status=SyncRun.Status.CANCELLED)

    def end_run(self) -> Way | None:
        run = self._live()
        run.refresh_from_db()
        status = SyncRun.Status.NEEDS_CONFIRMATION if self.plan() else SyncRun.Status.SUCCEEDED
        if status is SyncRun.Status.SUCCEEDED:
            Connection.objects.filter(pk=run.connection_id).update(**memory.remembered(run))
        SyncRun.objects.filter(pk=run.pk).update(status=status)
        return Way(Route(run.route), Why(run.route_why)) if run.route else None

    def resumed(self) -> DjangoCatalogue:
        run = self._live()
        run.attempt += 1
        SyncRun.objects.filter(pk=run.pk).update(status=SyncRun.Status.RUNNING, attempt=run.attempt)
        return LimitedCatalogue(run, run.attempt, self._limit)

    def add(
        self,
        product: ShopProduct,
        *,
        linked: bool = True,
        digest: bytes | None = None,
        archived: bool = False,
        notes: str = "",
        own_costs: Mapping[int, Decimal] | None = None,
    ) -> int:
        columns = dict(zip(PRODUCT_COLUMNS, product_row(product, digest or b""), strict=True))
        columns |= {"digest": digest, "options": [{"name": o.name, "values": o.values} for o in product.options]}
        if not linked:
            columns["shopify_product_id"] = None
        reason = Product.ArchiveReason.REMOVED_IN_SHOPIFY if archived else ""
        row = Product.objects.create(
            account=self._account,
            connection=self._connection if linked else None,
            archived_at=timezone.now() if archived else None,
            archive_reason=reason,
            notes=notes,
            **columns,
        )
        for variant in product.variants:
            values = dict(zip(VARIANT_COLUMNS, variant_row(variant), strict=True))
            cost = (own_costs or {}).get(variant.id)
            Variant.objects.create(account=self._account, product=row, own_cost=cost, **values)
        return row.pk

    def edit(self, local_id: int, *, notes: str, own_costs: Mapping[int, Decimal]) -> None:
        Product.objects.filter(pk=local_id).update(notes=notes)
        for variant_id, cost in own_costs.items():
            Variant.objects.filter(pk=variant_id).update(own_cost=cost)

    def choose(self, shop_id: int, choice: Choice) -> None:
        with self._by_our_clock():
            self._choose(shop_id, choice)

    def _choose(self, shop_id: int, choice: Choice) -> None:
        hold = Change(run=SyncRun(connection=self._connection), account=self._account, shopify_product_id=shop_id)
        if choice.ignore:
            hold.ignore()
        elif choice.link_to is None:
            hold.import_as_new()
        else:
            self._connection.ignored_products.filter(shopify_product_id=shop_id).delete()
            # Straight into the table: a choice may outlive the product's being free.
            self._connection.want_whole_read()
            Decision.objects.update_or_create(
                connection=self._connection, shopify_product_id=shop_id, defaults={"product_id": choice.link_to}
            )

    def set_rule(self, field: str, rule: Rule, local_id: int | None = None) -> None:
        product = Product.objects.get(pk=local_id) if local_id else None
        FieldRule.objects.set_rule(self._account, field, rule, product)

    def set_limit(self, limit: int | None) -> None:
        self._limit = limit

    def cancel(self) -> None:
        SyncRun.objects.filter(pk=self._live().pk).update(cancel_requested=True)

    def lose(self) -> None:
        SyncRun.objects.filter(pk=self._live().pk).update(attempt=999)

    def products(self) -> Sequence[Kept]:
        found = Product.objects.filter(account=self._account).order_by("pk")
        stored = reading.stored([product.pk for product in found])
        costs = dict(Variant.objects.filter(account=self._account).values_list("pk", "own_cost"))
        return [_kept(product, stored[product.pk], costs) for product in found]

    def tally(self) -> Tally:
        return _tally(self._live())

    def plan(self) -> Sequence[Planned]:
        return reading.planned(self._live(), tuple(Part), 0, 1000)

    def approve(self) -> DjangoCatalogue:
        run = self._live()
        run.refresh_from_db()
        if run.is_live:
            closing.close_run(run, run.attempt)
        self._run = approve_plan(run)
        return self.resumed()

    def duplicates(self) -> Sequence[Duplicate]:
        notices = self._live().notices.filter(code="duplicate").order_by("shopify_product_id")
        return [
            Duplicate(
                notice.shopify_product_id or 0, notice.data["title"], notice.data["synced"], tuple(notice.data["left"])
            )
            for notice in notices
        ]

    def _live(self) -> SyncRun:
        assert self._run is not None
        return self._run


def _tally(run: SyncRun) -> Tally:
    counts = closing.count(run)
    held: dict[str, int] = {}
    for reason in run.changes.filter(kind="hold").values_list("reason", flat=True):
        held[reason] = held.get(reason, 0) + 1
    return Tally(
        found=counts.found,
        created=counts.created,
        updated=counts.updated,
        linked=counts.linked,
        restored=counts.restored,
        archived=counts.archived,
        unchanged=counts.unchanged,
        failed=counts.failed,
        held=held,
        duplicates=counts.duplicates,
    )


def _outcomes(run: SyncRun) -> Mapping[int, str]:
    return dict(run.changes.values_list("shopify_product_id", "kind"))


def _kept(product: Product, stored: Any, costs: Mapping[int, Decimal | None]) -> Kept:
    variants = [KeptVariant(v.id, v.variant, v.removed, costs[v.id]) for v in stored.variants]
    archived = product.archived_at is not None
    return Kept(
        product.pk, product.shopify_product_id, stored.product, variants, archived, product.notes, product.drift
    )
