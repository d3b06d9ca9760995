"""Every test of this folder begins with an empty queue."""

import pytest


@pytest.fixture(autouse=True)
def _empty_queue(empty_queue: None) -> None: ...
