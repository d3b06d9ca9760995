"""The web application as servers see it."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")
application = get_wsgi_application()

# A web server's threads keep their connection to the database: opening one costs more than most requests do.
connections.settings["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
