"""One embedded PostgreSQL for the whole test run, in a folder of its own that goes when the run ends."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="sc-test-", dir="/tmp"))
for name in [name for name in os.environ if name.startswith("STOCKCRAFT_") or name == "DATABASE_URL"]:
    del os.environ[name]
os.environ["STOCKCRAFT_DATA"] = str(DATA)
os.environ["STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "stockcraft.settings"

# Set here rather than in pyproject.toml, so that Django's settings are read after the folder above is known.
import django  # noqa: E402

from stockcraft.lib import embedded  # noqa: E402

embedded.start()
django.setup()


@atexit.register
def _remove() -> None:
    embedded.stop()
    shutil.rmtree(DATA, ignore_errors=True)
