"""A run, the pages it read, the changes it set aside and the notices it leaves."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stockcraft.accounts.models import Account
from stockcraft.catalog.models import Product
from stockcraft.connections.models import Connection
from stockcraft.syncs.changes import Change, Decision
from stockcraft.syncs.deliveries import Delivery
from stockcraft.syncs.resolutions import Resolution
from stockcraft.syncs.runs import SyncRunManager, SyncsManager

__all__ = ["Change", "Decision", "Delivery", "Notice", "PlannedChange", "Resolution", "RunPage", "SyncRun", "Trigger"]


class Trigger(models.TextChoices):
    """What started a run."""

    SCHEDULED = "scheduled", _("Automatic")
    MANUAL = "manual", _("Manual")
    WEBHOOK = "webhook", _("Change in Shopify")
    COMMAND = "command", _("Command line")
    FIRST_IMPORT = "first_import", _("First import")
    UNDO = "undo", _("Undo")
    PREVIEW = "preview", _("Preview")


class SyncRun(models.Model):
    """One attempt to bring the catalogue up to date with a shop; on screen a "sync"."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        WARNINGS = "succeeded_with_warnings", _("With warnings")
        NEEDS_CONFIRMATION = "needs_confirmation", _("Needs confirmation")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Stopped")

    LIVE = (Status.QUEUED, Status.RUNNING)
    SUCCESSES = (Status.SUCCEEDED, Status.WARNINGS)

    class Decision(models.TextChoices):
        """What became of the plan of a run that needs confirmation."""

        APPROVED = "approved", _("Approved")
        DISMISSED = "dismissed", _("Dismissed")
        SUPERSEDED = "superseded", _("Overtaken by a later sync")

    class Mode(models.TextChoices):
        FULL = "full", _("Full")
        CHANGES = "changes", _("Changes only")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="runs")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField(help_text="Counts up within the account: Sync #99.")
    trigger = models.CharField(_("trigger"), max_length=16, choices=Trigger)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    status = models.CharField(_("status"), max_length=24, choices=Status, default=Status.QUEUED)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.FULL)
    route = models.CharField(
        max_length=8, blank=True, default="", db_default="", help_text="How it reads: shopsync.route.Route."
    )
    route_why = models.CharField(
        max_length=24, blank=True, default="", db_default="", help_text="Why it reads so: shopsync.route.Why."
    )
    newest_seen = models.DateTimeField(null=True, blank=True, help_text="When what it read was last touched.")
    scheduled_day = models.DateField(null=True, blank=True, help_text="The UTC day a scheduled run belongs to.")

    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    phase = models.CharField(max_length=16, default="choose")
    cursor = models.TextField(null=True, blank=True)  # noqa: DJ001 - None is the beginning
    products_total = models.PositiveIntegerField(null=True, blank=True)
    products_read = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0, help_text="Raised by whoever claims the run; fences the others.")
    retries = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    waiting_until = models.DateTimeField(null=True, blank=True, help_text="Shopify asked us to slow down until then.")
    cancel_requested = models.BooleanField(default=False)

    decision = models.CharField(max_length=16, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    confirms = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="confirmed_by",
        help_text="The run whose approved plan this one carries out.",
    )  # fmt: skip
    undoes = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="undone_by",
        help_text="The run whose changes this one took back.",
    )  # fmt: skip

    failure_code = models.CharField(max_length=64, blank=True)
    failure_detail = models.TextField(blank=True)
    requests = models.PositiveIntegerField(default=0)
    api_points = models.PositiveIntegerField(default=0)

    found = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    archived = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)

    # The first is what an account's or a connection's ``runs`` are: a preview is no sync and stands beside them.
    syncs = SyncsManager()
    objects = SyncRunManager()

    class Meta:
        verbose_name = _("sync")
        verbose_name_plural = _("syncs")
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(status__in=("queued", "running")),
                name="one_live_run_per_connection",
            ),
            models.UniqueConstraint(fields=["connection", "scheduled_day"], name="one_scheduled_run_per_day"),
            models.UniqueConstraint(fields=["account", "number"], name="run_number_per_account"),
        ]
        indexes = [
            models.Index(fields=["account", "-requested_at"], name="run_history"),
            models.Index(fields=["heartbeat_at"], condition=Q(status__in=("queued", "running")), name="run_live"),
            models.Index(fields=["finished_at"], name="run_ended"),
        ]

    def __str__(self) -> str:
        return f"Sync #{self.number}"

    @property
    def is_live(self) -> bool:
        """Queued or running."""
        return self.status in self.LIVE

    @property
    def awaits_decision(self) -> bool:
        """Whether its plan waits for a person to approve or dismiss it."""
        return self.status == self.Status.NEEDS_CONFIRMATION and not self.decision

    def supersede_earlier_plans(self) -> None:
        """Plans of earlier runs that nobody decided on are out of date now that this one looked at the whole shop."""
        earlier = SyncRun.objects.filter(connection=self.connection_id, number__lt=self.number)
        earlier.filter(status=self.Status.NEEDS_CONFIRMATION, decision="").update(
            decision=self.Decision.SUPERSEDED, decided_at=self.finished_at
        )

    @property
    def is_hints(self) -> bool:
        """Whether it only follows webhooks, product by product, and reads no list of the shop."""
        return self.trigger == Trigger.WEBHOOK

    @property
    def is_preview(self) -> bool:
        """Whether it only says what a sync would do, and writes to no product."""
        return self.trigger == Trigger.PREVIEW

    @property
    def seconds(self) -> float | None:
        """How long it took, in seconds; None before it ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class RunPage(models.Model):
    """What one step of a run saw in the shop; gone once the run's counts are final."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="page_rows")
    number = models.PositiveIntegerField()
    read = ArrayField(models.BigIntegerField(), default=list)
    unchanged = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="page_once")]

    def __str__(self) -> str:
        return f"page {self.number} of {self.run}"


class PlannedChange(models.Model):
    """A change that a run set aside for the guard: what it would do, and what it was decided on.

    Kept while a person has to confirm it, and afterwards as the story of that run; else it goes when the run ends.
    """

    class Part(models.TextChoices):
        ARCHIVES = "archives", _("Products to archive")
        UPDATES = "updates", _("Products to update")

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="planned")
    part = models.CharField(max_length=8, choices=Part)
    shopify_product_id = models.BigIntegerField()
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=255, blank=True)
    digest = models.BinaryField(null=True, help_text="Of the product as the shop showed it; none when it was gone.")
    fields = models.JSONField(default=list, blank=True, help_text="[{field, variant, before, after}, …]")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "shopify_product_id"], name="one_plan_per_run_and_product")
        ]

    def __str__(self) -> str:
        return f"{self.part}: {self.title}"


class Notice(models.Model):
    """A warning a run leaves: local duplicates, books that do not balance, an API version that ends."""

    class Code(models.TextChoices):
        DUPLICATE = "duplicate", _("Duplicate")
        BOOKS = "books", _("Books do not balance")
        VERSION = "version", _("API version")
        COUNT = "count", _("Counts disagree")

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="notices")
    code = models.CharField(_("warning"), max_length=16, choices=Code)
    shopify_product_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True, help_text="Duplicate: {title, synced, left: [product ids]}.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "code", "shopify_product_id"],
                nulls_distinct=False,
                name="one_notice_per_subject",
            )
        ]
        indexes = [
            models.Index(fields=["shopify_product_id", "run"], condition=Q(code="duplicate"), name="notice_first_seen")
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.run}"
