"""The addresses of rows are those that `url` gives."""

from __future__ import annotations

import pytest
from django.urls import reverse

from stockcraft.web.templatetags.stockcraft import row_address


@pytest.mark.parametrize(
    "name", ["product", "run", "undo_run", "go_on", "merge_product", "unlink_product", "delete_product"]
)
def test_a_rows_address_is_what_url_gives(name: str) -> None:
    for account, number in (("maple-thread", 7), ("shop-1234567890", 1234567890), ("0", 10**12)):
        assert row_address(name, account, number) == reverse(name, args=[account, number])
