"""Page tests share one cast."""

import logging
from collections.abc import Iterator

import pytest

from web_cast import cast, page

__all__ = ["cast", "page"]


@pytest.fixture
def unlogged() -> Iterator[None]:
    """What the test runner keeps of the log, requests and all, is not taken for what the application keeps."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)
