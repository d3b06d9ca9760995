"""What is written as at the last whole read: known by its text, decoded when asked, and never taken for another."""

from __future__ import annotations

import pytest

from contracts.simulated_shop import MemoryKeeper, Simulated
from shopsim import seed
from shopsync.digest import digest
from shopsync.route import Route, Way, Why
from shopsync.shopify import familiar, lines
from shopsync.shopify.familiar import Texts
from shopsync.values import Familiar, ShopProduct

BULK = Way(Route.BULK, Why.WEEKLY)


@pytest.fixture
def there() -> Simulated:
    there = Simulated()
    seed.believable(there.shop)
    return there


def read(there: Simulated, keeper: MemoryKeeper) -> tuple[list[ShopProduct], list[Familiar]]:
    """The whole shop in bulk: what was decoded, and what was known."""
    decoded: list[ShopProduct] = []
    known: list[Familiar] = []
    source = there.source(keeper=keeper)
    cursor = source.start(BULK)
    while cursor:
        page = there.patiently(source, cursor)
        decoded += page.products
        known += page.familiar
        cursor = page.cursor
    return decoded, known


def test_a_second_read_decodes_nothing_and_knows_every_product(there: Simulated) -> None:
    keeper = MemoryKeeper()
    decoded, nothing = read(there, keeper)
    nothing_more, known = read(there, keeper)
    assert nothing == [] == nothing_more
    assert [(each.id, each.digest, each.updated_at, each.read()) for each in known] == [
        (product.id, digest(product), product.updated_at, product) for product in decoded
    ]


def test_what_is_saved_is_the_same_after_a_read_of_the_same(there: Simulated) -> None:
    keeper = MemoryKeeper()
    read(there, keeper)
    keeper.save = None  # type: ignore[assignment, method-assign]
    read(there, keeper)


def test_a_movement_of_stock_leaves_a_product_familiar_but_for_its_time(there: Simulated) -> None:
    keeper = MemoryKeeper()
    product = next(iter(there.shop.products.values()))
    first, _ = read(there, keeper)
    there.wait(60)
    there.shop.adjust_stock(product.variants[0].id, -1)
    decoded, known = read(there, keeper)
    (moved,) = (each for each in known if each.id == product.id)
    assert decoded == []
    assert moved.updated_at > max(
        before.updated_at for before in first if before.id == product.id and before.updated_at
    )


@pytest.mark.parametrize("edit", ["title", "last variant", "currency", "new variant"])
def test_what_is_written_otherwise_is_decoded(there: Simulated, edit: str) -> None:
    keeper = MemoryKeeper()
    rows = [{"option_values": [size]} for size in "SM"]
    shop_id = there.shop.add_product("Sized", options=[("Size", ["S", "M"])], variants=rows).id
    before, _ = read(there, keeper)
    match edit:
        case "title":
            there.shop.rename(shop_id, "Seen otherwise")
        case "last variant":
            there.shop.set_price(there.shop.products[shop_id].variants[-1].id, "99.00")
        case "currency":
            there.shop.currency = "CHF"
        case "new variant":
            there.shop.add_variant(shop_id, ["L"])
    decoded, known = read(there, keeper)
    if edit == "currency":
        assert (len(decoded), known) == (len(before), [])
        assert {product.currency for product in decoded} == {"CHF"}
    else:
        assert [product.id for product in decoded] == [shop_id]
        assert digest(decoded[0]) not in map(digest, before)
        assert len(known) == len(before) - 1


def test_what_is_renamed_and_then_named_as_before_is_known_by_the_last_read_alone(there: Simulated) -> None:
    keeper = MemoryKeeper()
    product = next(iter(there.shop.products.values()))
    titles = [product.title, "Other", product.title]
    for title in titles:
        there.shop.rename(product.id, title)
        decoded, _ = read(there, keeper)
    assert [each.title for each in decoded] == [titles[-1]]


def test_a_read_that_another_process_began_decodes_the_rest_and_keeps_what_was_saved(there: Simulated) -> None:
    keeper = MemoryKeeper()
    read(there, keeper)
    saved = keeper.texts
    cursor = there.source().start(BULK)
    assert cursor
    begun = there.patiently(there.source(), cursor)
    first = there.patiently(there.source(), begun.cursor or "")
    page = there.patiently(there.source(keeper=keeper), first.cursor or "")
    assert page.products
    assert not page.familiar
    assert keeper.texts == saved


PRODUCT = (
    b'{"__typename":"Product","id":"gid://shopify/Product/%d","title":"%s","handle":"h","status":"%s","vendor":"",'
    b'"productType":"","tags":[],"descriptionHtml":"","createdAt":"2026-01-01T00:00:00Z",'
    b'"updatedAt":"2026-01-01T00:00:00Z","options":[]}\n'
)
VARIANT = (
    b'{"__typename":"ProductVariant","id":"gid://shopify/ProductVariant/%d","title":"v","price":"1.00","position":1,'
    b'"taxable":true,"selectedOptions":[],"__parentId":"gid://shopify/Product/%d"}\n'
)


def test_a_product_that_is_shown_twice_keeps_the_variants_of_both(there: Simulated) -> None:
    twice = PRODUCT % (1, b"A", b"ACTIVE") + VARIANT % (11, 1) + PRODUCT % (1, b"A", b"ACTIVE") + VARIANT % (12, 1)
    page = familiar.page(twice, "EUR", None, Texts())
    assert page == lines.page(twice, "EUR", None)
    assert [variant.id for product in page.products for variant in product.variants] == [11, 12]


@pytest.mark.parametrize("odd", [b"", VARIANT % (11, 1), PRODUCT.replace(b"updatedAt", b"touched") % (1, b"A", b"?")])
def test_what_is_written_in_another_way_is_read_as_without_memory(odd: bytes) -> None:
    text = odd + PRODUCT % (2, b"B", b"ACTIVE")
    assert familiar.page(text, "EUR", "c", Texts()) == lines.page(text, "EUR", "c")


def test_what_could_not_be_read_is_not_familiar() -> None:
    text = PRODUCT % (1, b"A", b"NEW_STATUS") + PRODUCT % (2, b"B", b"ACTIVE")
    texts = Texts()
    familiar.page(text, "EUR", None, texts)
    again = familiar.page(text, "EUR", None, Texts(texts.noted() or b""))
    assert [broken.shop_id for broken in again.unreadable] == [1]
    assert [each.id for each in again.familiar] == [2]


def test_a_text_that_speaks_of_its_update_is_not_mistaken_for_one() -> None:
    spoken = PRODUCT % (1, rb"\"updatedAt\":\"%s\"", b"ACTIVE")
    texts = Texts()
    familiar.page(spoken % b"2020-01-01T00:00:00Z", "EUR", None, texts)
    kept = texts.noted() or b""
    assert familiar.page(spoken % b"2020-01-01T00:00:00Z", "EUR", None, Texts(kept)).familiar
    assert not familiar.page(spoken % b"2021-01-01T00:00:00Z", "EUR", None, Texts(kept)).familiar
