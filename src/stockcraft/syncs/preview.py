"""A preview: the engine decides as in any run, and what it decides is noted, written to no product."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from shopsync.changes import Change, Choice, Create, Hold, Link, Restore, Update, shop_id_of
from shopsync.ports import Step
from shopsync.route import Past
from stockcraft.syncs.catalogue import DjangoCatalogue
from stockcraft.syncs.reading import execute, rows

# What the shop shows beside the change itself. Products that were left out before are not ticked.
NOTE_SHOWN = """
    UPDATE syncs_change AS old
       SET shop_status = new.status, skus = coalesce(new.skus, old.skus), left_out = old.reason = 'not_chosen'
      FROM json_to_recordset(%s) AS new(shop_id bigint, status text, skus text[])
     WHERE old.run_id = %s AND old.shopify_product_id = new.shop_id
"""
WOULD_COME = """
    SELECT count(*) FILTER (WHERE kind IN ('create', 'restore')) - count(*) FILTER (WHERE kind = 'archive')
      FROM syncs_change WHERE run_id = %s AND kind IN ('create', 'restore', 'archive')
"""
TAKEN = "SELECT product_id FROM syncs_change WHERE run_id = %s AND kind = 'link' AND product_id = ANY(%s)"
# Of the products that would be written, those asked for by id, and those whose SKUs would then be among these.
WOULD_BEAR = """
    SELECT shopify_product_id, skus FROM syncs_change
     WHERE run_id = %(run)s AND kind IN ('create', 'update', 'link', 'restore') AND skus <> '{}'
       AND (shopify_product_id = ANY(%(ids)s) OR EXISTS (
           SELECT FROM unnest(skus) AS sku JOIN unnest(%(skus)s::text[]) AS asked
                    ON lower(btrim(asked)) = lower(btrim(sku))))
"""

Shown = Create | Update | Link | Restore | Hold


class PreviewCatalogue(DjangoCatalogue):
    """Implements ``shopsync.ports.Catalogue`` for a run that writes its diary only.

    Where a run would ask the catalogue about what it wrote earlier, the diary answers.
    """

    def past(self) -> Past:
        """As for any run, but the whole shop is looked at, so that the list is complete."""
        return msgspec.structs.replace(super().past(), wanted=True)

    def live_products(self) -> int:
        """How many live products the account would have by now."""
        return super().live_products() + int(rows(WOULD_COME, [self.run.pk])[0][0])

    def choices(self, shop_ids: Sequence[int]) -> dict[int, Choice]:
        """A product that was linked meanwhile cannot be chosen any more."""
        found = super().choices(shop_ids)
        taken = self._taken([choice.link_to for choice in found.values() if choice.link_to])
        return {shop_id: choice for shop_id, choice in found.items() if choice.link_to not in taken}

    def candidates(self, skus: Collection[str]) -> dict[int, list[str]]:
        """A product that was linked meanwhile is none."""
        found = super().candidates(skus)
        taken = self._taken(list(found))
        return {local_id: own for local_id, own in found.items() if local_id not in taken}

    def bearers(self, skus: Collection[str]) -> dict[int, list[str]]:
        """Products that would be written bear the SKUs they would have then."""
        found = super().bearers(skus)
        asked = {"run": self.run.pk, "ids": list(found), "skus": [sku for sku in skus if "\0" not in sku]}
        return found | dict(rows(WOULD_BEAR, asked))

    def carry_out(self, step: Step) -> tuple[Sequence[Change], Mapping[int, int]]:
        """Nothing: every change becomes what it would be."""
        local_ids = {
            change.product.id: change.local_id for change in step.changes if isinstance(change, Update | Link | Restore)
        }
        return step.changes, local_ids

    def write(self, step: Step) -> None:
        """Note what would be done, and what the shop shows."""
        super().write(step)
        shown = [_shown(change) for change in step.changes if isinstance(change, Shown)]
        if shown:
            execute(NOTE_SHOWN, [msgspec.json.encode(shown).decode(), self.run.pk])

    def _taken(self, local_ids: Sequence[int]) -> set[int]:
        return {local_id for (local_id,) in rows(TAKEN, [self.run.pk, local_ids])} if local_ids else set()


def _shown(change: Shown) -> dict[str, Any]:
    if isinstance(change, Hold):
        return {"shop_id": change.shop_id, "status": change.status}
    skus = [variant.sku.replace("\0", "") for variant in change.product.variants if variant.sku]
    return {"shop_id": shop_id_of(change), "status": change.product.status, "skus": skus}
