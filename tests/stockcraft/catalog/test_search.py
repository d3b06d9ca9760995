"""Products are found by the beginnings of their words, whatever the case and the accents, in one account only."""

from __future__ import annotations

import pytest
from django.utils import timezone

from stockcraft.accounts.models import Account
from stockcraft.catalog import search as module
from stockcraft.catalog.search import search
from web_cast import Cast, add_product, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def found(cast: Cast, text: str) -> set[str]:
    return set(cast.account.products.filter(pk__in=search(cast.account, text).ids).values_list("title", flat=True))


def test_each_word_may_be_the_beginning_of_one(cast: Cast) -> None:
    add_product(None, cast.account, "Lavender Soy Candle", vendor="Atelier Noor", sku="LAV-200")
    add_product(None, cast.account, "Lavender Mug", sku="MUG-1")
    assert found(cast, "lav") == {"Lavender Soy Candle", "Lavender Mug"}
    assert found(cast, "cand LAVENDER") == {"Lavender Soy Candle"}
    assert found(cast, "noor soy") == {"Lavender Soy Candle"}
    assert found(cast, "andle") == set()


def test_a_product_is_found_by_the_words_of_one_of_its_variants(cast: Cast) -> None:
    add_product(None, cast.account, "Lavender Soy Candle", sku="LAV-200")
    add_product(None, cast.account, "Lavender Mug", sku="LAV-300")
    assert found(cast, "lav-200") == found(cast, "200") == {"Lavender Soy Candle"}
    assert found(cast, "LAV-") == found(cast, "0628451") == {"Lavender Soy Candle", "Lavender Mug"}
    assert found(cast, "candle lav-200") == set()


def test_case_accents_and_punctuation_do_not_matter(cast: Cast) -> None:
    add_product(None, cast.account, "Écharpe d’hiver «Noël»", sku=None)
    assert found(cast, "echarpe") == found(cast, "ÉCHARPE") == found(cast, "hiver noel") == {"Écharpe d’hiver «Noël»"}


@pytest.mark.parametrize("text", ["'", "\\", "&|!():*", "a' | 'b", "#1", "%", "日本"])
def test_no_search_is_taken_for_a_query_of_the_database(cast: Cast, text: str) -> None:
    add_product(None, cast.account, "Mug")
    assert found(cast, text) == set()


def test_variants_that_the_shop_no_longer_has_are_not_found(cast: Cast) -> None:
    product = add_product(None, cast.account, "Mug", sku="OLD-1")
    product.variants.update(removed_at=timezone.now())
    assert found(cast, "old") == set()


def test_products_with_very_many_variants_hide_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for title in ("Mug", "Tote"):
        product = add_product(None, cast.account, title, sku="SKU-0")
        for number in range(20):
            product.variants.create(account=cast.account, title=str(number), sku=f"SKU-{number}")
    assert found(cast, "sku") == {"Mug", "Tote"}
    assert not search(cast.account, "sku").more


def test_no_other_accounts_products_are_found(cast: Cast) -> None:
    add_product(None, Account.objects.get(slug="elsewhere"), "Secret candle")
    assert not search(cast.account, "secret").ids


def test_a_search_that_finds_too_many_names_some_and_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for number in range(4):
        add_product(None, cast.account, f"Mug {number}")
    answer = search(cast.account, "mug")
    assert (len(answer.ids), answer.more) == (3, True)
    assert search(cast.account, "mug 1").more is False


def test_of_too_many_those_with_the_whole_word_are_named(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for title in ("Mugwort one", "Mugwort two", "Mugwort three", "Mug"):
        add_product(None, cast.account, title)
    assert "Mug" in found(cast, "mug")
    assert search(cast.account, "mug").more
