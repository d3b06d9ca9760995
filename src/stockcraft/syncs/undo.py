"""Undo of a run, or of some of its products, from the before-values it stored; itself a run in the history.

What a sync created is archived, never deleted; what it updated or linked is as it was before; what it restored is
archived again; what it archived is live again as a product of the merchant's own, since the shop has it no more. The
next sync does not do any of it again: it holds those products as *undone* until a person says go on, or, after an
update, until the shop changes the product once more. Whatever someone edited, or a later run changed, is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shopsync.changes import FieldChange, Update
from shopsync.undo import Edited, reverse
from stockcraft.catalog.models import Product, Variant
from stockcraft.connections.refused import Refused
from stockcraft.syncs import reading
from stockcraft.syncs.closing import count
from stockcraft.syncs.diary import note_changes
from stockcraft.syncs.models import Change, Decision, SyncRun, Trigger
from stockcraft.syncs.writing import write_products

if TYPE_CHECKING:
    from stockcraft.accounts.models import User

BATCH = 500
FIELDS = tuple[FieldChange, ...]
Kind = Change.Kind
UNDOABLE = (Kind.CREATE, Kind.UPDATE, Kind.LINK, Kind.RESTORE, Kind.ARCHIVE)

# Why one product of an undo is left as it is; the code is its change row's ``reason``.
REFUSALS = {
    "undo_gone": gettext_lazy("Not undone: the product is no longer here"),
    "undo_later": gettext_lazy("Not undone: a later sync changed it, or it was undone before"),
    "undo_edited": gettext_lazy("Not undone: someone has edited it since"),
    "undo_own_work": gettext_lazy("Not undone: it has notes, costs or a name of your own"),
    "undo_no_room": gettext_lazy("Not undone: your plan has no room for it"),
}


def undo(run: SyncRun, by: User | None = None, *, products: Collection[int] | None = None) -> SyncRun:
    """Take back what the run did, or what it did to these products (ids); gives the run that tells what became of it.

    Its change rows say what was written; a product that was refused is a *failed* row whose ``reason`` is a key of
    ``REFUSALS``. Raises ``Refused`` while a sync of the shop is under way, and for what is itself an undo.
    """
    if run.trigger in (Trigger.UNDO, Trigger.PREVIEW) or run.is_live:
        raise Refused(_("Only what a finished sync did can be undone."))
    with transaction.atomic():
        undoing, created = SyncRun.objects.request(run.connection, Trigger.UNDO, by=by, undoes=run)
        if not created:
            raise Refused(_("A sync of this shop is under way; wait for it to end."))
        wanted = run.changes.filter(kind__in=UNDOABLE)
        if products is not None:
            wanted = wanted.filter(product__in=products)
        changes = wanted.order_by("pk").iterator(chunk_size=BATCH)
        while batch := list(islice(changes, BATCH)):
            _Batch(run, undoing, batch, by).carry_out()
        _finish(undoing)
    return undoing


def _finish(undoing: SyncRun) -> None:
    counts = count(undoing)
    now = timezone.now()
    status = SyncRun.Status.WARNINGS if counts.failed else SyncRun.Status.SUCCEEDED
    SyncRun.objects.filter(pk=undoing.pk).update(**counts.saved, status=status, started_at=now, finished_at=now)
    undoing.refresh_from_db()


class _Batch:
    """Some changes of a run, taken back with a handful of statements."""

    def __init__(self, run: SyncRun, undoing: SyncRun, changes: Sequence[Change], by: User | None) -> None:
        self.run, self.undoing, self.by = run, undoing, by
        self.changes = changes
        ids = [change.product_id for change in changes if change.product_id]
        rows = Product.objects.select_for_update().filter(account=run.account_id, pk__in=ids)
        self.products = {product.pk: product for product in rows}
        self.refused: dict[int, str] = {}

    def carry_out(self) -> None:
        """Refuse what must be refused, then write the rest kind by kind."""
        self._refuse_what_moved_on()
        self._refuse_own_work()
        self._restore(self._left(Kind.ARCHIVE))
        self._write_back(self._left(Kind.UPDATE, Kind.LINK))
        self._archive(self._left(Kind.CREATE, Kind.RESTORE))
        self._unlink(self._left(Kind.LINK))
        self._remember(self._left(Kind.CREATE, Kind.RESTORE, Kind.UPDATE, Kind.LINK))
        self._note(Kind.FAIL, [change for change in self.changes if change.pk in self.refused])

    def _left(self, *kinds: str) -> list[Change]:
        return [change for change in self.changes if change.kind in kinds and change.pk not in self.refused]

    def _refuse_what_moved_on(self) -> None:
        later = Change.objects.filter(product__in=self.products, kind__in=UNDOABLE, run__number__gt=self.run.number)
        written = later.filter(run__account=self.run.account_id).exclude(run__trigger=Trigger.PREVIEW)
        changed_later = set(written.values_list("product_id", flat=True))
        for change in self.changes:
            product = self.products.get(change.product_id or 0)
            if product is None:
                self.refused[change.pk] = "undo_gone"
            elif product.pk in changed_later:
                self.refused[change.pk] = "undo_later"
            elif not _is_as_it_was_left(product, change):
                self.refused[change.pk] = "undo_edited"

    def _refuse_own_work(self) -> None:
        """A product that the merchant made their own since it was created is not hidden with their work."""
        created = self._left(Kind.CREATE)
        worked_on = set(
            Variant.objects.filter(product__in=[change.product_id for change in created])
            .filter(Q(own_cost__isnull=False) | Q(labour__isnull=False) | ~Q(notes=""))
            .values_list("product_id", flat=True)
        )
        for change in created:
            product = self.products[change.product_id or 0]
            if product.notes or product.name_override or product.pk in worked_on:
                self.refused[change.pk] = "undo_own_work"

    def _restore(self, changes: Sequence[Change]) -> None:
        holds = reading.lock_limit(self.run) if changes else None
        room = len(changes) if holds is None else max(0, holds - reading.live_products(self.run))
        self.refused |= {change.pk: "undo_no_room" for change in changes[room:]}
        self._unlink(changes[:room], archived_at=None, archive_reason="")
        self._note(Kind.RESTORE, changes[:room])

    def _write_back(self, changes: Sequence[Change]) -> None:
        stored = reading.stored([change.product_id or 0 for change in changes])
        updates: list[Update] = []
        for change in changes:
            try:
                updates.append(reverse(stored[change.product_id or 0], msgspec.convert(change.fields, FIELDS)))
            except Edited:
                self.refused[change.pk] = "undo_edited"
        written = write_products(self.undoing, updates)
        note_changes(self.undoing, updates, written.local_ids)

    def _archive(self, changes: Sequence[Change]) -> None:
        now = timezone.now()
        Product.objects.filter(pk__in=[change.product_id for change in changes]).update(
            archived_at=now, archive_reason=Product.ArchiveReason.UNDONE, updated_at=now
        )
        self._note(Kind.ARCHIVE, changes)

    def _unlink(self, changes: Sequence[Change], **fields: Any) -> None:
        ids = [change.product_id for change in changes if change.product_id]
        Product.objects.filter(pk__in=ids).update(
            connection=None, shopify_product_id=None, digest=None, updated_at=timezone.now(), **fields
        )
        Variant.objects.filter(product__in=ids).update(shopify_variant_id=None)

    def _remember(self, changes: Sequence[Change]) -> None:
        """The next sync is not to do the same again."""
        Decision.objects.bulk_create(
            [
                Decision(
                    connection_id=self.run.connection_id,
                    shopify_product_id=change.shopify_product_id,
                    undone=True,
                    digest=self._shown(change) if change.kind == Kind.UPDATE else None,
                    decided_by=self.by,
                )
                for change in changes
            ],
            update_conflicts=True,
            unique_fields=["connection", "shopify_product_id"],
            update_fields=["undone", "digest", "decided_by", "product"],
        )

    def _shown(self, change: Change) -> bytes | None:
        """The fingerprint of what the update brought; the product's own is forgotten when a rule changes."""
        found = change.digest or self.products[change.product_id or 0].digest
        return None if found is None else bytes(found)

    def _note(self, kind: str, changes: Sequence[Change]) -> None:
        Change.objects.bulk_create(
            Change(
                account_id=self.run.account_id,
                run=self.undoing,
                shopify_product_id=change.shopify_product_id,
                product_id=change.product_id if change.product_id in self.products else None,
                kind=kind,
                title=change.title,
                candidates=[],
                skus=[],
                reason=self.refused.get(change.pk, ""),
            )
            for change in changes
        )


def _is_as_it_was_left(product: Product, change: Change) -> bool:
    """Whether the product is still tied to that shop product, and live or archived as the change made it."""
    archived = product.archived_at is not None
    return archived == (change.kind == Kind.ARCHIVE) and product.shopify_product_id == change.shopify_product_id
