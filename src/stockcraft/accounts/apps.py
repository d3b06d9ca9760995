"""The Django app of accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers stockcraft.accounts under its own label."""

    name = "stockcraft.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
