"""Nonsense is refused in a sentence wherever a person or a test can say it, and changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from shopsim.cli import main
from shopsim.sim import Simulator, Tenant

BODIES: dict[str, list[Any]] = {
    "/products": [
        {},
        {"title": 5},
        {"title": ""},
        {"title": "T" * 256},
        {"title": "x", "price": 5},
        {"title": "x", "price": "abc"},
        {"title": "x", "price": "-1"},
        {"title": "x", "status": "ODD"},
        {"title": "x", "options": 5},
        {"title": "x", "options": [["Size", ["S"]]], "variants": [{"option_values": ["S", "L"]}]},
        {"title": "x", "variants": []},
        {"title": "x", "variants": [5]},
        {"title": "x", "variants": [{"colour": "red"}]},
        {"title": "x", "variants": [{"weight": "-2"}]},
        {"title": "x", "variants": [{"weight": "NaN"}]},
        {"title": "x", "created_at": "yesterday"},
        {"title": "x", "product_id": "one"},
        {"title": "x", "published": "no"},
        {"title": "x", "image": 5},
        {"title": "x", "tags": "a"},
    ],
    "/products/{product}": [{"title": ""}, {"status": "active"}, {"colour": "red"}, {"tags": "x"}],
    "/products/{product}/variants": [{}, {"option_values": []}, {"option_values": ["a", "b"]}, {"option_values": 5}],
    "/variants/{variant}": [{"price": "abc"}, {"cost": 5}, {"position": 0}, {"inventory_quantity": "x"}, {"foo": 1}],
    "/edit": [
        {},
        {"action": "odd"},
        {"action": ["x"]},
        {"action": "add", "price": "x"},
        {"action": "add", "title": "T" * 256},
        {"action": "rename"},
        {"action": "rename", "product": "nope", "title": "x"},
        {"action": "rename", "product": "{product}"},
        {"action": "price", "variant": "{variant}"},
        {"action": "price", "variant": "nope", "price": "1"},
        {"action": "price", "variant": "{variant}", "price": "NaN"},
        {"action": "stock", "variant": "{variant}", "by": "many"},
        {"action": "remove_variant", "variant": "{variant}"},
        {"action": "delete"},
        {"action": "fault"},
        {"action": "fault", "fault": "odd"},
        {"action": "fault", "faults": 5},
        {"action": "fault", "faults": {"odd": 1}},
        {"action": "fault", "faults": {"throttle": "x"}},
    ],
    "/faults": [
        {"odd": 1},
        {"throttle": 1.5},
        {"throttle": -5},
        {"http_status": 999},
        {"slow": -1},
        {"index_lag": 1e6},
        {"bulk_ends": "ODD"},
        {"frozen": 1},
    ],
    "/tokens": [{"scopes": "x"}, {"scopes": [5]}, {"seconds": "x"}, {"seconds": -5}, {"token": 5}, {"token": ""}],
    "/scopes": [{}, {"scopes": "x"}, {"scopes": [5]}],
    "/clock": [{"hours": "x"}, {"eons": 2}, {"seconds": 1e308}, {"days": 1e12}],
    "/shops": [{}, {"name": 5}, {"name": ""}, {"name": "a b"}, {"name": "a/b"}, {"name": "maple-and-thread"}]
    + [{"name": "other", "currency": currency} for currency in ("odd", "XXQ", 5)],
    "/shop": [{"title": 5}, {"title": ""}, {"currency": "XXQ"}, {"colour": "red"}],
    "/webhooks": [
        {},
        {"topic": "odd/topic", "uri": "https://app.example"},
        {"topic": "products/update"},
        {"topic": "products/update", "uri": "nope"},
        {"topic": 5, "uri": 5},
    ],
    "/webhooks/send": [{}, {"topic": "products/update"}, {"topic": 5}],
    "/id_token": [{"user": "x"}],
    "/uninstall": [{"sure": True}],
}
CASES = [(path, body) for path, bodies in BODIES.items() for body in bodies]
# What a reader would know a programming error by.
OURS = ("Traceback", "argument", "__", "NoneType", "object is not", "unsupported", "shopsim.", "zip()", "regex")


@pytest.mark.parametrize(("path", "body"), CASES, ids=str)
def test_the_control_api_refuses_nonsense(http: httpx.Client, tenant: Tenant, path: str, body: Any) -> None:
    bowl = tenant.shop.add_product("Bowl")
    names = {"{product}": bowl.id, "{variant}": bowl.variants[0].id}
    for name, number in names.items():
        path = path.replace(name, str(number))
        body = {key: number if value == name else value for key, value in body.items()}
    before = tenant.dump(), tenant.faults.now
    refused(http.post(f"/_sim{path}", json=body))
    assert (tenant.dump(), tenant.faults.now) == before


@pytest.mark.parametrize("content", [b"{", b"[]", b"5", b"\xff", b'"x"'])
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_no_object_is_refused(http: httpx.Client, tenant: Tenant, path: str, content: bytes) -> None:
    bowl = tenant.shop.add_product("Bowl")
    path = path.format(product=bowl.id, variant=bowl.variants[0].id)
    assert refused(http.post(f"/_sim{path}", content=content)) == "The body must be a JSON object."


@pytest.mark.parametrize("path", ["/products/1", "/variants/1", "/products/1/variants"])
def test_what_there_is_not_is_not_found(http: httpx.Client, tenant: Tenant, path: str) -> None:
    kind = "variant" if path == "/variants/1" else "product"
    assert refused(http.post(f"/_sim{path}", json={"title": "x"})) == f"There is no {kind} 1."


def refused(answer: httpx.Response) -> str:
    assert answer.status_code in (400, 404), answer.text
    said: str = answer.json()["errors"]
    assert said.endswith(".")
    assert not any(word in said for word in OURS), said
    return said


def test_the_last_variant_stays(http: httpx.Client, tenant: Tenant) -> None:
    bowl = tenant.shop.add_product("Bowl")
    assert "at least one variant" in refused(http.delete(f"/_sim/variants/{bowl.variants[0].id}"))


def test_a_cost_set_from_outside_leaves_the_products_time_alone(
    http: httpx.Client, tenant: Tenant, sim: Simulator
) -> None:
    bowl = tenant.shop.add_product("Bowl")
    before, variant = bowl.updated_at, bowl.variants[0]
    sim.clock.move(60)
    assert http.post(f"/_sim/variants/{variant.id}", json={"cost": "4.20"}).json()["cost"] == "4.20"
    assert bowl.updated_at == before
    assert variant.item_updated_at is not None


@pytest.mark.parametrize("form", [{}, {"action": "odd"}, {"action": "rename", "product": "1", "title": "x"}])
def test_the_page_says_what_was_wrong_and_stays(http: httpx.Client, form: dict[str, str]) -> None:
    answer = http.post("/edit", data=form)
    assert answer.status_code == 303
    page = http.get(answer.headers["Location"])
    assert 'role="status">' in page.text


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "99999"),
        ("--port", "-1"),
        ("--host", "192.0.2.1"),
        ("--shop", "a b"),
        ("--shop", ""),
        ("--currency", "odd"),
        ("--products", "-5"),
        ("--products", "3", "--variants", "0"),
        ("--products", "3", "--variants", "99999"),
        ("--products", "3", "--awkward"),
        ("--shops", "-3"),
        ("--catalog", "/nowhere/products.jsonl"),
        ("--cert", "/nowhere/cert.pem", "--key", "/nowhere/key.pem"),
        ("--cert", "{empty}", "--key", "{empty}"),
        ("--cert", "{empty}"),
        ("--webhook", "products/update"),
        ("--webhook", "odd/topic=http://127.0.0.1/hooks"),
        ("--webhook-haste", "0"),
        ("--webhook-haste", "nan"),
        ("--state", "/proc/nowhere/shop.json"),
        ("--state", "{empty}"),
        ("--token", ""),
        ("--redirect-uri", "callback"),
    ],
)
def test_serving_refuses_nonsense(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    empty = tmp_path / "empty"
    empty.write_text("nothing")
    words = [word.format(empty=empty) for word in arguments]
    done = CliRunner().invoke(main, ["serve", "--port", "0", *words])
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)
    assert "answers at" not in done.output
    assert done.output.rstrip().endswith((".", "/hooks"))


@pytest.mark.parametrize("url", ["foo", "http://127.0.0.1:1", "http://[", "ftp://127.0.0.1"])
def test_commands_say_when_no_shop_answers(url: str) -> None:
    done = CliRunner().invoke(main, ["edit", "--url", url, "products"])
    assert done.exit_code == 2
    assert "No shop answers at" in done.output
