"""Shopify's own libraries believe the simulator, unchanged, over HTTPS and by the shop's own name."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from shopsim_clients import CLIENTS, SHOP, SecureShop, node_packages, python_with, secure_shop

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="module")
def shop() -> Iterator[SecureShop]:
    with secure_shop() as running:
        yield running


class NodeApp:
    """An app on `@shopify/shopify-api`, with a merchant's browser looking at it."""

    def __init__(self, shop: SecureShop) -> None:
        environment = shop.environment(CLIENT=str(node_packages()))
        command = ["node", str(CLIENTS / "app.mjs")]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout is not None
        address = self._process.stdout.readline().strip()
        assert address.startswith("http://"), f"the app did not start: {address!r}"
        self.http = httpx.Client(base_url=address, headers={"User-Agent": BROWSER}, timeout=30)
        self.shop = shop

    def get(self, path: str) -> dict:
        return self.http.get(path).raise_for_status().json()

    def graphql(self, query: str, **variables: object) -> dict:
        return self.http.post("/graphql", json={"query": query, "variables": variables}).raise_for_status().json()

    def begin(self) -> tuple[str, dict[str, str]]:
        """Where the app sends the merchant, and the cookies it gave them."""
        answer = self.http.get("/auth", params={"shop": SHOP})
        assert answer.status_code == 302
        # The cookies are for HTTPS only, which this app on a desk does not speak; they are carried all the same.
        cookies = dict(line.split(";")[0].split("=", 1) for line in answer.headers.get_list("Set-Cookie"))
        return answer.headers["Location"], cookies

    def back(self, address: str, cookies: dict[str, str]) -> httpx.Response:
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return self.http.get(address, headers={"Cookie": header})

    def stop(self) -> None:
        self.http.close()
        self._process.terminate()
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def app(shop: SecureShop) -> Iterator[NodeApp]:
    running = NodeApp(shop)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def installed(app: NodeApp) -> dict:
    """The session of an app that was installed."""
    address, cookies = app.begin()
    return app.back(app.shop.approve(address), cookies).raise_for_status().json()


def test_the_library_for_node_installs_its_app(installed: dict) -> None:
    assert (installed["shop"], installed["scope"], installed["isOnline"]) == (SHOP, "read_products", False)
    assert installed["accessToken"].startswith("shpat_")
    assert installed["refreshToken"].startswith("shprt_")


def test_the_library_for_node_refuses_a_way_back_that_was_changed(app: NodeApp) -> None:
    address, cookies = app.begin()
    callback = app.shop.approve(address)
    answer = app.back(callback.replace("code=", "code=0"), cookies)
    assert (answer.status_code, answer.json()["error"]) == (500, "Error: Invalid OAuth callback.")


def test_the_library_for_node_asks_the_catalogue(app: NodeApp, installed: dict) -> None:
    query = """query ($after: String) { products(first: 40, after: $after) {
      nodes { title variants(first: 100) { nodes { sku price } } } pageInfo { hasNextPage endCursor } } }"""
    first = app.graphql(query)["data"]["products"]
    second = app.graphql(query, after=first["pageInfo"]["endCursor"])["data"]["products"]
    titles = [product["title"] for product in first["nodes"] + second["nodes"]]
    assert titles == [product["title"] for product in app.shop.control.get("/_sim/products").json()]
    assert (len(titles), second["pageInfo"]["hasNextPage"]) == (63, False)


def test_the_library_for_node_renews_and_exchanges_its_tokens(app: NodeApp, installed: dict) -> None:
    renewed = app.get("/refresh")
    assert renewed["accessToken"] != installed["accessToken"]
    assert app.graphql("{ shop { myshopifyDomain } }")["data"]["shop"]["myshopifyDomain"] == SHOP
    id_token = app.shop.control.post("/_sim/id_token").json()["id_token"]
    exchanged = app.http.post("/exchange", content=id_token).raise_for_status().json()
    assert exchanged["accessToken"] not in (renewed["accessToken"], installed["accessToken"])
    assert app.graphql("{ shop { myshopifyDomain } }")["data"]["shop"]["myshopifyDomain"] == SHOP


def test_the_library_for_node_subscribes_and_believes_what_it_is_told(app: NodeApp, installed: dict) -> None:
    (made,) = app.get("/register")["PRODUCTS_UPDATE"]
    assert made["success"], made
    bowl = app.shop.control.get("/_sim/products").json()[0]
    app.shop.control.post(f"/_sim/products/{bowl['id']}", json={"title": "Told to the app"}).raise_for_status()
    told = wait_for(app)
    assert (told["valid"], told["topic"], told["domain"]) == (True, "PRODUCTS_UPDATE", SHOP)
    assert app.http.post("/webhooks", content=b"{}", headers={"X-Shopify-Topic": "products/update"}).status_code == 401


def wait_for(app: NodeApp) -> dict:
    for _ in range(100):
        if delivered := app.get("/delivered"):
            return delivered[0]
        time.sleep(0.1)
    raise AssertionError("nothing was delivered")


def test_the_library_for_python_installs_its_app_and_reads_the_shop(shop: SecureShop) -> None:
    command = [str(python_with("app.txt")), "-W", "ignore", str(CLIENTS / "app.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=shop.environment()
    ) as app:
        assert app.stdin is not None
        assert app.stdout is not None
        callback = shop.approve(app.stdout.readline().strip())
        output, _ = app.communicate(f"{callback}\n", timeout=60)
    found = json.loads(output.splitlines()[-1])
    expected = shop.control.get("/_sim/products").json()
    assert (found["right"], found["forged"]) == (True, False)
    assert found["scopes"] == "read_products"
    assert found["graphql"]["data"]["shop"]["myshopifyDomain"] == SHOP
    assert found["graphql"]["data"]["productsCount"]["count"] == found["count"] == len(expected) == 63
    assert found["shop"] == SHOP
    assert found["titles"] == [product["title"] for product in expected]
    # REST never shows more than a hundred variants of a product.
    assert found["variants"] == sum(min(100, len(product["variants"])) for product in expected)
