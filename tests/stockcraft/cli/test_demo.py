"""The demo's shop takes what the demo's StockCraft asks of it."""

from __future__ import annotations

from pathlib import Path

from real_processes import TOKEN, shop
from shopsync.shopify.client import Client, FixedToken
from shopsync.shopify.webhooks import subscribe, subscribed
from stockcraft.cli.demo import SHOP, _shop_command


def test_the_demos_shop_sends_its_webhooks_to_the_demo(tmp_path: Path) -> None:
    address = "http://127.0.0.1:8000/shopify/webhooks"
    arguments = _shop_command(8000, 0, tmp_path)[6:]
    with shop(*arguments) as process, Client(SHOP, FixedToken(TOKEN), base_url=process.url) as client:
        subscribe(client, "SHOP_UPDATE", address)
        assert list(subscribed(client, address)) == ["SHOP_UPDATE"]
