"""The Django app of connections."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Registers stockcraft.connections under its own label."""

    name = "stockcraft.connections"
    label = "connections"
    default_auto_field = "django.db.models.BigAutoField"
