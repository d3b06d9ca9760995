"""One embedded PostgreSQL for the whole test run, in a folder of its own that goes when the run ends."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

DATA = Path(tempfile.mkdtemp(prefix="sc-test-", dir="/tmp"))
for name in [name for name in os.environ if name.startswith("STOCKCRAFT_") or name == "DATABASE_URL"]:
    del os.environ[name]
os.environ["STOCKCRAFT_DATA"] = str(DATA)
os.environ["STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "stockcraft.settings"

# Whoever runs the tests, the command line speaks English in them.
os.environ["LANGUAGE"] = "en"

# Set here rather than in pyproject.toml, so that Django's settings are read after the folder above is known.
import django  # noqa: E402
from django.db import connection  # noqa: E402

from stockcraft.lib import embedded  # noqa: E402

embedded.start()
django.setup()


@atexit.register
def _remove() -> None:
    embedded.stop()
    shutil.rmtree(DATA, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walk over all pages begins first: at the end one process would wait minutes for the other."""
    items.sort(key=lambda item: item.path.name != "test_walk.py")


@pytest.fixture
def empty_queue(transactional_db: None) -> None:
    """No job of an earlier test waits: the queue's tables are not Django's to empty."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture(autouse=True)
def _empty_queue_where_rows_stay(request: pytest.FixtureRequest) -> None:
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        request.getfixturevalue("empty_queue")
