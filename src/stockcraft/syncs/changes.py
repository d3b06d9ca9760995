"""What a run did about each shop product, and what a person decides about one that it holds."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.models import Account, User
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.connections.refused import Refused


class Change(models.Model):
    """What a run did about one shop product: one row per run and product; unchanged products have none."""

    class Kind(models.TextChoices):
        CREATE = "create", _("Added")
        UPDATE = "update", _("Updated")
        LINK = "link", _("Linked")
        RESTORE = "restore", _("Restored")
        ARCHIVE = "archive", _("Removed in Shopify")
        HOLD = "hold", _("Skipped")
        FAIL = "fail", _("Failed")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="changes")
    run = models.ForeignKey("syncs.SyncRun", on_delete=models.CASCADE, related_name="changes")
    shopify_product_id = models.BigIntegerField()
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="changes")
    kind = models.CharField(_("kind of change"), max_length=8, choices=Kind)
    title = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=64, blank=True, help_text="Why a product is held or failed.")
    detail = models.TextField(blank=True)
    candidates = ArrayField(
        models.BigIntegerField(), db_default=[], blank=True, help_text="Of a hold: unlinked products it may be."
    )
    skus = ArrayField(models.TextField(), db_default=[], blank=True, help_text="Of a hold: SKUs it shares with them.")
    fields = models.JSONField(default=list, blank=True, help_text="[{field, variant, before, after}, …]")
    shop_status = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="Of a preview: its status in the shop.",
    )
    left_out = models.BooleanField(
        default=False, db_default=False, help_text="Of a preview: not ticked, so it is not to come in."
    )
    digest = models.BinaryField(null=True, help_text="Of an update: of the product as the shop showed it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = [
            models.UniqueConstraint(fields=["run", "shopify_product_id"], name="one_change_per_run_and_product")
        ]
        indexes = [
            models.Index(fields=["run", "kind", "id"], name="change_by_kind"),
            # Products that are not here are found by their titles alone.
            models.Index(
                fields=["account", "run"], include=["title"], condition=Q(product=None), name="change_not_here"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"

    def candidate_products(self) -> models.QuerySet[Product]:
        """The products of the account that a held shop product may be, as far as they are still free to be linked."""
        unlinked = Product.objects.live().filter(account=self.account_id, shopify_product_id=None)
        return unlinked.filter(pk__in=self.candidates).order_by("pk")

    def link_to(self, product: Product, by: User | None = None) -> None:
        """The held shop product is this one: the next sync links them. Raises ``Refused`` when it is not free."""
        free = Product.objects.live().filter(account=self.account_id, shopify_product_id=None)
        if not free.filter(Q(connection=None) | Q(connection=self.run.connection_id), pk=product.pk).exists():
            raise Refused(gettext("This product is archived, or is linked to Shopify already."))
        others = Decision.objects.exclude(connection=self.run.connection_id, shopify_product_id=self.shopify_product_id)
        if others.filter(product=product).exists():
            raise Refused(gettext("This product was chosen for another Shopify product already."))
        self._decide(product, by)

    def import_as_new(self, by: User | None = None) -> None:
        """The held shop product is none of those here: the next sync brings it in, if the plan has room."""
        self._decide(None, by)

    def ignore(self) -> None:
        """Leave the held shop product out of every sync."""
        self._undecide()
        self.run.connection.ignored_products.get_or_create(
            shopify_product_id=self.shopify_product_id, defaults={"title": self.title}
        )

    def go_on(self) -> None:
        """What was undone may be done again: the next sync that reads the whole shop does so."""
        decisions = Decision.objects.filter(connection=self.run.connection_id, undone=True)
        decisions.filter(shopify_product_id=self.shopify_product_id).delete()
        self.run.connection.want_whole_read()

    def _decide(self, product: Product | None, by: User | None) -> None:
        self._undecide()
        self.run.connection.ignored_products.filter(shopify_product_id=self.shopify_product_id).delete()
        Decision.objects.create(
            connection_id=self.run.connection_id,
            shopify_product_id=self.shopify_product_id,
            product=product,
            decided_by=by,
        )
        # The shop product itself has not changed, so only a read of the whole shop comes by it.
        self.run.connection.want_whole_read()

    def _undecide(self) -> None:
        Decision.objects.filter(connection=self.run.connection_id, shopify_product_id=self.shopify_product_id).delete()


class Decision(models.Model):
    """What a person chose for a shop product that might be one of the unlinked products here; every sync honours it.

    Without a product it is imported as new. Leaving it out is an ``IgnoredProduct``. ``undone`` is a change that a
    person took back: it is not made again, an update not until the shop shows another ``digest``.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="decisions")
    shopify_product_id = models.BigIntegerField()
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    undone = models.BooleanField(db_default=False)
    digest = models.BinaryField(null=True, help_text="Of the shop product whose update was undone.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "shopify_product_id"], name="decided_once")]

    def __str__(self) -> str:
        return f"{self.shopify_product_id}: {self.product or 'new'}"
