"""Connections to shops, and which shop products a person chose to come in or to stay out."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.models import Account
from stockcraft.catalog.models import Product
from stockcraft.connections.schedule import next_daily_sync
from stockcraft.lib.crypto import SealedField


class Connection(models.Model):
    """An account's authorised tie to one shop. Tokens are encrypted at rest and never shown again."""

    class Status(models.TextChoices):
        CONNECTED = "connected", _("Connected")
        NEEDS_RECONNECTING = "needs_reconnecting", _("Needs reconnecting")
        PAUSED = "paused", _("Paused")
        DISCONNECTED = "disconnected", _("Disconnected")

    class Grant(models.TextChoices):
        """How the token was obtained, which decides how it is renewed."""

        OAUTH = "oauth", _("Approved on Shopify")
        CLIENT_CREDENTIALS = "client_credentials", _("Own app")
        PASTED = "pasted", _("Pasted token")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="connections")
    shop_domain = models.CharField(_("store address"), max_length=255)
    shop_id = models.BigIntegerField(null=True, blank=True)
    shop_name = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    base_url = models.URLField(blank=True, help_text="Another address than the shop's own; for simulators.")
    status = models.CharField(_("status"), max_length=24, choices=Status, default=Status.CONNECTED)
    failure_code = models.CharField(max_length=64, blank=True)

    grant = models.CharField(_("how it was connected"), max_length=24, choices=Grant, default=Grant.OAUTH)
    access_token = SealedField(default="", blank=True)
    refresh_token = SealedField(default="", blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_expires_at = models.DateTimeField(null=True, blank=True)
    client_id = models.CharField(max_length=255, blank=True)
    client_secret = SealedField(default="", blank=True)
    token_claimed_until = models.DateTimeField(null=True, blank=True, help_text="A worker renews the token until then.")
    scopes = ArrayField(models.TextField(), default=list, blank=True)
    api_version = models.CharField(max_length=16, blank=True)

    auto_sync = models.BooleanField(_("Auto-Sync"), default=False)
    next_sync_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    products_total = models.PositiveIntegerField(null=True, blank=True, help_text="How many the shop last said it has.")

    tended_at = models.DateTimeField(null=True, blank=True, help_text="When its upkeep was last begun; empty: due now.")
    webhook_topics = ArrayField(models.TextField(), default=list, blank=True, help_text="Subscribed when last looked.")
    webhook_problem = models.CharField(max_length=255, blank=True, help_text="Why Shopify sends us no webhooks.")
    changes_since = models.DateTimeField(null=True, blank=True, help_text="From where on a run asks for changes.")
    whole_read_at = models.DateTimeField(null=True, blank=True, help_text="When the last complete read began.")
    whole_read_wanted_at = models.DateTimeField(null=True, blank=True, help_text="Changes alone no longer do.")

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints = [
            models.UniqueConstraint(
                fields=["shop_domain"],
                condition=~Q(status="disconnected"),
                name="one_account_per_shop",
            ),
            models.UniqueConstraint(fields=["account", "shop_domain"], name="one_connection_per_account_and_shop"),
        ]
        indexes = [
            models.Index(
                fields=["next_sync_at"],
                condition=Q(auto_sync=True, status="connected"),
                name="connection_due",
            ),
            models.Index(
                fields=["tended_at"], condition=Q(status__in=("connected", "paused")), name="connection_upkeep"
            ),
        ]

    def __str__(self) -> str:
        return self.shop_domain

    @property
    def name(self) -> str:
        """The part of the shop's address people know it by: `maple-and-thread`."""
        return self.shop_domain.removesuffix(".myshopify.com")

    @property
    def is_open(self) -> bool:
        """Whether the tie still holds, whatever state it is in."""
        return self.status != self.Status.DISCONNECTED

    @property
    def can_sync(self) -> bool:
        """Whether a run may be started now."""
        return self.status in (self.Status.CONNECTED, self.Status.PAUSED)

    @property
    def admin_url(self) -> str:
        """Where the merchant manages this shop."""
        return f"https://admin.shopify.com/store/{self.name}"

    def switch_auto_sync(self, on: bool) -> None:
        """Switch the daily run on or off; switching on promises the next daily sync."""
        self.auto_sync = on
        self.next_sync_at = next_daily_sync(timezone.now(), self.pk) if on else None
        self.save(update_fields=["auto_sync", "next_sync_at"])

    def pause(self, paused: bool) -> bool:
        """Let automatic syncs rest, or go on from the next 02:00 UTC; False where that changes nothing."""
        before, after = self.Status.CONNECTED, self.Status.PAUSED
        if not paused:
            before, after = after, before
        if not Connection.objects.filter(pk=self.pk, status=before).update(status=after):
            return False
        self.refresh_from_db(fields=["status"])
        if self.auto_sync and not paused:
            # What was due meanwhile is not made up for at once.
            self.switch_auto_sync(True)
        return True

    def want_whole_read(self) -> None:
        """Let the next run read the whole shop: something here changed that no change in the shop would bring up."""
        self.whole_read_wanted_at = timezone.now()
        self.save(update_fields=["whole_read_wanted_at"])

    def needs_reconnecting(self, code: str) -> None:
        """A person has to connect the shop again; the schedule waits for that, with the reason shown."""
        Connection.objects.filter(pk=self.pk, status__in=(self.Status.CONNECTED, self.Status.PAUSED)).update(
            status=self.Status.NEEDS_RECONNECTING, failure_code=code
        )
        self.refresh_from_db(fields=["status", "failure_code"])

    def disconnect(self, *, remove_products: bool = False, at: datetime | None = None, code: str = "") -> None:
        """End the tie: tokens are erased at once; products, mappings and history stay unless they are to go too.

        ``code`` is the reason, where it was not a member of the account who ended it.
        """
        self.status = self.Status.DISCONNECTED
        self.access_token = self.refresh_token = self.client_secret = self.client_id = ""
        self.token_expires_at = self.refresh_expires_at = self.next_sync_at = None
        # A worker that is renewing the token finds that it may not keep it.
        self.token_claimed_until = None
        self.auto_sync = False
        self.failure_code = code
        self.disconnected_at = at or timezone.now()
        self.save(
            update_fields=[
                "status", "access_token", "refresh_token", "client_secret", "client_id", "token_expires_at",
                "token_claimed_until", "refresh_expires_at", "next_sync_at", "auto_sync", "failure_code",
                "disconnected_at",
            ]
        )  # fmt: skip
        if remove_products:
            Product.objects.filter(account=self.account_id, connection=self).delete_in_batches()
            # What could bring some of them back goes too.
            self.resolutions.all().delete()


class FamiliarTexts(models.Model):
    """A part of what the last whole read of a shop in bulk looked like, as ``shopsync.shopify.familiar`` notes it: a
    cache."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="familiar_texts")
    number = models.IntegerField()
    texts = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "number"], name="familiar_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.connection}"


class IgnoredProduct(models.Model):
    """A shop product that a person chose to leave out of future syncs."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="ignored_products")
    shopify_product_id = models.BigIntegerField()
    title = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "shopify_product_id"], name="ignored_once"),
        ]

    def __str__(self) -> str:
        return self.title


class SelectionManager(models.Manager["Selection"]):
    """Asks for an account's selections."""

    def of(self, account: Account) -> models.QuerySet[Selection]:
        """Those about all its shops."""
        return self.filter(connection__account=account)

    def release_waiting(self, account: Account) -> int:
        """The plan has room for all: what waited for it comes in with the next sync; returns how many."""
        waiting = self.of(account).filter(state=Selection.State.WAITS)
        for connection in account.connections.filter(pk__in=waiting.values("connection")):
            connection.want_whole_read()
        return waiting.delete()[0]


class Selection(models.Model):
    """What a person chose about a shop product when they selected which come in; without a row it comes in as ever.

    ``WAITS`` gave its place to others while the plan has not room for all: it comes in with a plan that has.
    ``CHOSEN`` was taken in again, and keeps its place until the next sync brings it.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen", _("Chosen")
        WAITS = "waits", _("Waits for room")
        LEFT_OUT = "left_out", _("Left out")

    KEPT_OUT = (State.WAITS, State.LEFT_OUT)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="selections")
    shopify_product_id = models.BigIntegerField()
    title = models.CharField(max_length=255, blank=True)
    shop_status = models.CharField(max_length=16, blank=True, help_text="In the shop, when last looked.")
    state = models.CharField(max_length=8, choices=State)
    selected_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = SelectionManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "shopify_product_id"], name="selected_once")]

    def __str__(self) -> str:
        return f"{self.state}: {self.title}"
