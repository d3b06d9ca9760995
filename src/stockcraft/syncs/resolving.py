"""Merging, unlinking and removing a product, each by a person and each undone as exactly as it was done.

An undo is refused where what the action wrote is no longer as it left it: someone, or a sync, went on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import JSONField, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from stockcraft.catalog.models import FieldRule, Product, Variant
from stockcraft.connections.models import IgnoredProduct
from stockcraft.connections.refused import Refused
from stockcraft.syncs import reading, traces
from stockcraft.syncs.merging import OF_PRODUCT, OF_VARIANT, plan_merge
from stockcraft.syncs.models import Change, Decision, Resolution, SyncRun
from stockcraft.syncs.traces import Trace

if TYPE_CHECKING:
    from stockcraft.accounts.models import User

Kind = Resolution.Kind
TIE = ("connection_id", "shopify_product_id", "digest")


def unlink(product: Product, by: User | None = None) -> Resolution:
    """Drop the Shopify product ID: the product becomes the merchant's own, and no sync touches it.

    Raises ``Refused`` where it is not linked any more.
    """
    with transaction.atomic():
        product = _locked(product)
        if product.connection is None or product.shopify_product_id is None:
            raise Refused(_("This product is not linked to Shopify any more."))
        trace = Trace()
        variants = product.variants.all()
        trace.watch("product", [product.pk], TIE)
        trace.watch("variants", list(variants.values_list("pk", flat=True)), ("shopify_variant_id",))
        resolution = _new(Kind.UNLINK, product, by)
        _look_again(product)
        # That it was once chosen for a Shopify product would link it again.
        Decision.objects.filter(product=product).delete()
        Product.objects.filter(pk=product.pk).update(
            connection=None, shopify_product_id=None, digest=None, updated_at=timezone.now()
        )
        variants.update(shopify_variant_id=None)
        return _kept(resolution, trace)


def remove(product: Product, by: User | None = None, *, ignore: bool = False) -> Resolution:
    """Delete the product here, with its variants and all that is kept with it.

    With ``ignore`` future syncs leave its Shopify product out, unless another product here is that one too. Raises
    ``Refused`` where it is gone already.
    """
    with transaction.atomic():
        product = _locked(product)
        resolution = _new(Kind.REMOVE, product, by, changes=_history(product))
        if ignore and product.connection and product.shopify_product_id is not None and not product.twins().exists():
            _ignored, resolution.ignored = product.connection.ignored_products.get_or_create(
                shopify_product_id=product.shopify_product_id, defaults={"title": product.title}
            )
        elif product.is_first_match:
            _look_again(product)
        trace = Trace()
        trace.delete(product)
        return _kept(resolution, trace)


def merge(duplicate: Product, first: Product, by: User | None = None, choices: Mapping[str, str] = {}) -> Resolution:
    """Carry what only the duplicate has over to the first match, and delete the duplicate.

    ``choices`` says by ``Meeting.key`` which value stays where both have one (see ``merging.Choice``). Raises
    ``Refused`` where ``first`` is not the first match of ``duplicate`` any more.
    """
    with transaction.atomic():
        rows = Product.objects.select_for_update().filter(account=duplicate.account_id).in_bulk(
            [duplicate.pk, first.pk]
        )  # fmt: skip
        if len(rows) < 2 or rows[duplicate.pk].first_match() != rows[first.pk]:
            raise Refused(_("These products have changed meanwhile. Look at them again."))
        duplicate, first = rows[duplicate.pk], rows[first.pk]
        plan, trace = plan_merge(duplicate, first), Trace()
        resolution = _new(Kind.MERGE, duplicate, by, into=first, changes=_history(duplicate))
        written = plan.settle(choices)
        products = [row for row in written if isinstance(row, Product)]
        variants = [row for row in written if isinstance(row, Variant)]
        trace.watch("product", [row.pk for row in products], OF_PRODUCT)
        trace.watch("variants", [row.pk for row in variants], OF_VARIANT)
        moved = [row.pk for row in plan.orphans]
        trace.watch("moved", moved, ("product_id", "removed_at"))
        now = timezone.now()
        for row in written:
            row.updated_at = now
        Product.objects.bulk_update(products, [*OF_PRODUCT, "updated_at"])
        Variant.objects.bulk_update(variants, [*OF_VARIANT, "updated_at"], batch_size=500)
        # A variant that the first has no counterpart of keeps its costs and notes there, hidden as one that Shopify no
        # longer shows, until Shopify shows it.
        Variant.objects.filter(pk__in=moved).update(product=first, removed_at=now, updated_at=now)
        _carry_rules_over(duplicate, first, trace)
        trace.delete(duplicate)
        return _kept(resolution, trace)


def undo_resolution(resolution: Resolution, by: User | None = None) -> Product:
    """Put everything back as it was; gives the product that was merged, unlinked or removed.

    Raises ``Refused`` where it was undone before, someone edited since, or the plan has no room for the product.
    """
    with transaction.atomic():
        resolution = Resolution.objects.select_for_update(of=("self",)).defer("trace").get(pk=resolution.pk)
        if resolution.undone_at:
            raise Refused(_("This was undone already."))
        if not traces.stands(resolution.pk):
            raise Refused(_("This cannot be undone: someone, or a sync, has changed the product since."))
        _make_sure_of_room(resolution)
        product_id = int(_noted(resolution, "id", "deleted") or _noted(resolution, "id", "before") or 0)
        if resolution.ignored:
            shop_id = int(_noted(resolution, "shopify_product_id") or 0)
            IgnoredProduct.objects.filter(connection=resolution.connection_id, shopify_product_id=shop_id).delete()
        first = resolution.into_id if _noted(resolution, "id", "before", "fingerprint") else None
        was_compared = first is not None and _has_fingerprint(first)
        traces.put_back(resolution.pk)
        if first is not None and was_compared:
            _compare_again(first)
        history = Change.objects.filter(account=resolution.account_id, pk__in=resolution.changes, product=None)
        history.update(product=product_id)
        if resolution.connection and resolution.kind != Kind.MERGE:
            resolution.connection.want_whole_read()
        Resolution.objects.filter(pk=resolution.pk).update(undone_at=timezone.now(), undone_by=by, trace={})
        return Product.objects.get(pk=product_id)


def _carry_rules_over(duplicate: Product, first: Product, trace: Trace) -> None:
    """Who decides about a field of the duplicate decides about the first's, unless that has an exception of its own."""
    rules = FieldRule.objects.filter(product=duplicate).exclude(field__in=first.field_rules.values("field"))
    ids = list(rules.values_list("pk", flat=True))
    trace.watch("moved_rules", ids, ("product_id",))
    if ids:
        trace.watch("fingerprint", [first.pk], ("digest",))
        FieldRule.objects.filter(pk__in=ids).update(product=first)
        _compare_again(first.pk)


def _compare_again(product_id: int) -> None:
    """Other rules hold for the product: without its fingerprint, the next whole read compares it field by field."""
    Product.objects.filter(pk=product_id).update(digest=None)


def _has_fingerprint(product_id: int) -> bool:
    """Whether a sync has compared the product since it lost its fingerprint."""
    return Product.objects.filter(pk=product_id).exclude(digest=None).exists()


def _locked(product: Product) -> Product:
    found = Product.objects.select_for_update().filter(account=product.account_id, pk=product.pk).first()
    if found is None:
        raise Refused(_("This product is no longer here."))
    return found


def _new(kind: str, product: Product, by: User | None, **fields: Any) -> Resolution:
    return Resolution(
        account_id=product.account_id,
        connection_id=product.connection_id,
        kind=kind,
        title=product.name,
        live=_live(product.account_id),
        made_by=by,
        **fields,
    )


def _kept(resolution: Resolution, trace: Trace) -> Resolution:
    # As text to the database: a number that Python reads from JSON is no longer the exact one.
    resolution.trace = Cast(Value(trace.text(), output_field=TextField()), JSONField())
    resolution.save()
    return Resolution.objects.defer("trace").get(pk=resolution.pk)


def _history(product: Product) -> list[int]:
    return list(product.changes.values_list("pk", flat=True))


def _look_again(product: Product) -> None:
    """Another product here may be the first match now, or none is: no change in the shop would bring that up."""
    if product.connection:
        product.connection.want_whole_read()


def _make_sure_of_room(resolution: Resolution) -> None:
    """A live product comes back where the plan holds it, or where nothing has taken its place."""
    if _noted(resolution, "id") is None or _noted(resolution, "archived_at"):
        return
    holds = reading.lock_limit(SyncRun(account_id=resolution.account_id))
    if holds is not None and _live(resolution.account_id) >= max(holds, resolution.live):
        raise Refused(_("Your plan has no room for this product. It is kept here until there is."))


def _live(account_id: int) -> int:
    return reading.live_products(SyncRun(account_id=account_id))


def _noted(resolution: Resolution, column: str, kind: str = "deleted", part: str = "product") -> str | None:
    """A value of the first row of a part that was deleted or written, as text; None where none was."""
    asked = "SELECT trace #>> %s FROM syncs_resolution WHERE id = %s"
    value: str | None = reading.rows(asked, [[kind, part, "0", column], resolution.pk])[0][0]
    return value
