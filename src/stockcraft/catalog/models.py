"""Products and variants. The first block of fields of each is Shopify's, the second the merchant's own."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.models import Account
from stockcraft.catalog.counted import Counted, Touched
from stockcraft.catalog.fields import ExactDecimalField
from stockcraft.catalog.ownership import FieldRule

__all__ = ["Counted", "FieldRule", "Product", "Touched", "Variant"]


class ProductQuerySet(models.QuerySet["Product"]):
    """Questions about many products."""

    def live(self) -> ProductQuerySet:
        """Not archived: those the plan counts."""
        return self.filter(archived_at=None)

    def linked(self) -> ProductQuerySet:
        """Those that carry a Shopify product ID."""
        return self.exclude(shopify_product_id=None)

    def delete_in_batches(self, size: int = 500) -> None:
        """Delete them all, with their variants, without holding them all in memory."""
        while ids := list(self.order_by("pk").values_list("pk", flat=True)[:size]):
            Product.objects.filter(pk__in=ids).delete()


class Product(models.Model):
    """A row of the catalogue. Several may carry one Shopify product ID: duplicates are handled, not forbidden."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        DRAFT = "draft", _("Draft")
        ARCHIVED = "archived", _("Archived in Shopify")
        UNLISTED = "unlisted", _("Unlisted")

    class ArchiveReason(models.TextChoices):
        REMOVED_IN_SHOPIFY = "removed_in_shopify", _("Removed in Shopify")
        BY_HAND = "by_hand", _("Archived by hand")
        UNDONE = "undone", _("Import undone")
        NOT_CHOSEN = "not_chosen", _("Left out of syncs")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="products")
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.SET_NULL, null=True, blank=True, related_name="products"
    )

    shopify_product_id = models.BigIntegerField(null=True, blank=True)
    title = models.CharField(_("title"), max_length=255)
    description_html = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    vendor = models.CharField(_("vendor"), max_length=255, blank=True)
    product_type = models.CharField(_("product type"), max_length=255, blank=True)
    tags = ArrayField(models.TextField(), verbose_name=_("tags"), default=list, blank=True)
    handle = models.CharField(_("handle"), max_length=255, blank=True)
    options = models.JSONField(_("options"), default=list, blank=True)
    image_url = models.TextField(_("image"), blank=True)
    image_alt = models.TextField(null=True, blank=True)  # noqa: DJ001 - Shopify tells no text from an empty one
    image_media_id = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    shopify_created_at = models.DateTimeField(null=True, blank=True)
    shopify_updated_at = models.DateTimeField(null=True, blank=True)
    shopify_published_at = models.DateTimeField(null=True, blank=True)
    digest = models.BinaryField(null=True, blank=True)
    drift = models.JSONField(
        db_default={}, blank=True, help_text="By field, Shopify's value where the merchant keeps another."
    )

    name_override = models.CharField(_("own name"), max_length=255, blank=True)
    category = models.CharField(_("category"), max_length=255, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    archived_at = models.DateTimeField(null=True, blank=True)
    archive_reason = models.CharField(max_length=24, choices=ArchiveReason, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        indexes = [
            # First matches, duplicates and how many of either are live are read from this index alone.
            models.Index(
                fields=["account", "connection", "shopify_product_id", "id"],
                include=["archived_at"],
                name="product_by_shopify_id",
            ),
            # The few that a person linked and no sync has written yet, and those that a person archived.
            models.Index(
                fields=["account", "connection"],
                condition=Q(archived_at=None, digest=None, shopify_product_id__isnull=False),
                name="product_unwritten",
            ),
            models.Index(
                fields=["account", "connection", "shopify_product_id"],
                condition=Q(archive_reason="by_hand"),
                name="product_archived_by_hand",
            ),
            models.Index(
                fields=["account"], condition=Q(archived_at=None, shopify_product_id=None), name="product_unlinked"
            ),
            # With these three the list is counted, narrowed and leafed through without reading its rows.
            models.Index(
                fields=["account", "title", "id"],
                include=["status"],
                condition=Q(archived_at=None),
                name="product_live_by_title",
            ),
            models.Index(
                fields=["account", "title", "id"], condition=Q(archived_at__isnull=False), name="product_archived"
            ),
            models.Index(
                fields=["account", "connection", "status"], condition=Q(archived_at=None), name="product_live_count"
            ),
            GinIndex(fields=["tags"], name="product_tags"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the merchant calls it: their own name for it, else Shopify's title."""
        return self.name_override or self.title

    @property
    def is_linked(self) -> bool:
        """Whether it stands for a product of a shop."""
        return self.connection_id is not None and self.shopify_product_id is not None

    def twins(self) -> ProductQuerySet:
        """The other products that carry the same Shopify product ID, first match first."""
        if not self.is_linked:
            return Product.objects.none()
        return (
            Product.objects.filter(
                account=self.account_id, connection=self.connection_id, shopify_product_id=self.shopify_product_id
            )
            .exclude(pk=self.pk)
            .order_by("pk")
        )

    def first_match(self) -> Product | None:
        """The earlier product that is synced in place of this one; None where this one is."""
        return self.twins().filter(pk__lt=self.pk).first()

    @property
    def is_first_match(self) -> bool:
        """Whether it is the one that a sync brings up to date."""
        return self.is_linked and self.first_match() is None


class Variant(models.Model):
    """A form in which a product is sold. One that Shopify no longer shows is hidden (``removed_at``), never deleted."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="variants")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")

    shopify_variant_id = models.BigIntegerField(null=True, blank=True)
    title = models.TextField(_("title"), blank=True)
    option_values = ArrayField(models.TextField(), default=list, blank=True)
    position = models.IntegerField(default=1)
    sku = models.TextField(_("SKU"), null=True, blank=True)  # noqa: DJ001 - no SKU is not an empty one
    barcode = models.TextField(_("barcode"), null=True, blank=True)  # noqa: DJ001
    price = ExactDecimalField(_("price"), default=Decimal(0))
    compare_at_price = ExactDecimalField(_("compare-at price"), null=True, blank=True)
    weight = ExactDecimalField(_("weight"), null=True, blank=True)
    weight_unit = models.CharField(max_length=2, blank=True)
    taxable = models.BooleanField(_("taxable"), default=True)
    shopify_cost = ExactDecimalField(_("Shopify cost"), null=True, blank=True)
    image_url = models.TextField(blank=True)
    image_alt = models.TextField(null=True, blank=True)  # noqa: DJ001
    image_media_id = models.BigIntegerField(null=True, blank=True)

    own_cost = ExactDecimalField(_("own cost"), null=True, blank=True)
    labour = ExactDecimalField(_("labour"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("position", "id")
        indexes = [models.Index(fields=["account", "sku"], name="variant_by_sku")]

    def __str__(self) -> str:
        return self.title

    @property
    def cost(self) -> Decimal | None:
        """What the merchant pays for it: their own cost, else Shopify's."""
        return self.own_cost if self.own_cost is not None else self.shopify_cost

    @property
    def margin(self) -> Decimal | None:
        """Price less cost and labour, as a share of the price (0.42 is 42 %); None without a cost or a price."""
        if self.cost is None or not self.price:
            return None
        return (self.price - self.cost - (self.labour or 0)) / self.price
