"""The Django app of connections."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectionsConfig(AppConfig):
    """Registers stockcraft.connections under its own label."""

    name = "stockcraft.connections"
    verbose_name = _("Connections")
    label = "connections"
    default_auto_field = "django.db.models.BigAutoField"
