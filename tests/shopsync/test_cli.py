"""The engine's own command line, against a shop that really listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cheroot import wsgi

from contracts.simulated_shop import DOMAIN, Simulated
from shopsync import cli
from shopsync.errors import MissingScope, StorePaused, Throttled, Unavailable


class Listening(NamedTuple):
    """A simulated shop at an address."""

    there: Simulated
    url: str
    token: str

    @property
    def options(self) -> list[str]:
        return ["--token", self.token, "--url", self.url]


@pytest.fixture(scope="module")
def served() -> Iterator[Listening]:
    there = Simulated(throttled=False)
    server = wsgi.Server(("127.0.0.1", 0), there.sim.app, numthreads=2)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield Listening(there, f"http://127.0.0.1:{server.bind_addr[1]}", there.tenant.token())
    server.stop()
    thread.join()


@pytest.fixture
def shop(served: Listening) -> Listening:
    served.there.tenant.faults.clear()
    for shop_id in list(served.there.shop.products):
        served.there.shop.delete(shop_id)
    served.there.shop.add_product("Écharpe", price="39.00")
    served.there.shop.add_product("Hat", price="19.00")
    return served


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of one command."""
    monkeypatch.setattr("sys.argv", ["shopsync", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_a_shop_is_pulled_into_a_file_and_two_files_are_compared(
    shop: Listening, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = str(tmp_path / "old.jsonl"), str(tmp_path / "new.jsonl")
    code, _, summary = run(capsys, monkeypatch, "pull", DOMAIN, *shop.options, "--out", old)
    assert (code, summary.startswith("2 products, 1 requests, ")) == (0, True)
    scarf, hat = shop.there.shop.products.values()
    shop.there.shop.set_price(scarf.variants[0].id, "35.00")
    shop.there.shop.delete(hat.id)
    gloves = shop.there.shop.add_product("Gloves")
    run(capsys, monkeypatch, "pull", DOMAIN, *shop.options, "--out", new)
    code, changes, _ = run(capsys, monkeypatch, "diff", old, new)
    assert code == 0
    assert changes.splitlines() == [
        f"~ {scarf.id} Écharpe",
        '    Default Title: price: "39.00" → "35.00"',
        f"- {hat.id} Hat",
        f"+ {gloves.id} Gloves",
    ]


def test_equal_files_differ_in_nothing(
    shop: Listening, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "shop.jsonl")
    run(capsys, monkeypatch, "pull", DOMAIN, *shop.options, "--out", path)
    assert run(capsys, monkeypatch, "diff", path, path) == (0, "", "")


def test_a_file_of_another_kind_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("Handle,Title\n")
    code, _, told = run(capsys, monkeypatch, "diff", str(path), str(path))
    assert code == 1
    assert "was not written by `shopsync pull`" in told


def test_a_shop_says_what_it_is(
    shop: Listening, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, told, _ = run(capsys, monkeypatch, "status", "maple-and-thread", *shop.options)
    assert code == 0
    assert told.splitlines() == [
        "Maple And Thread (maple-and-thread.myshopify.com), EUR",
        "2 products",
        "scopes: read_products",
        "API version 2026-10",
    ]


def test_each_remedy_has_its_exit_code() -> None:
    for error, code in ((Throttled("x"), 75), (Unavailable("x"), 75), (MissingScope("x"), 77), (StorePaused("x"), 65)):
        assert cli.exit_code(error) == code


def test_an_expected_failure_is_one_sentence_that_does_not_show_the_token(
    shop: Listening, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, told = run(capsys, monkeypatch, "status", DOMAIN, "--token", "shpat_wrong", "--url", shop.url)
    assert code == cli.RECONNECT
    assert told == "Shopify no longer accepts this token. [shopify.unauthorized]\n"
    shop.there.tenant.faults.set(frozen=True)
    assert run(capsys, monkeypatch, "status", DOMAIN, *shop.options)[0] == cli.STOP


def test_a_text_that_is_no_shop_is_refused(
    shop: Listening, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, told = run(capsys, monkeypatch, "status", "no shop at all", *shop.options)
    assert code == 2
    assert "is not the address of a Shopify shop" in told
