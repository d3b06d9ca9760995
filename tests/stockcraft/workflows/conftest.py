"""The queue is empty before each test: its tables are not Django's to empty."""

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _empty_queue(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
