"""Fills a shop with a believable catalogue or with any number of made-up products; the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shopsim.seed_lines import LINES, Line
from shopsim.shop import Shop
from shopsim.wording import slug, weight

OPENED = datetime(2024, 3, 4, 9, 30, tzinfo=UTC)
IMAGES = "https://cdn.shopify.com/s/files/1/0681/1721/7601/files"


def believable(shop: Shop) -> None:
    """The shop of two makers: 63 products with accents, many variants, drafts, repeated and missing SKUs."""
    shop.title = "Maple & Thread"
    for number, line in enumerate(LINES):
        _add(shop, line, OPENED + timedelta(days=11 * number, minutes=37 * number))


def synthetic(shop: Shop, products: int, variants: int, seed: int = 1) -> None:
    """As many products with as many variants as asked for."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for number in range(products):
        created = OPENED + timedelta(minutes=number)
        shop.add_product(
            f"{chance.choice(_ADJECTIVES)} {chance.choice(_NOUNS)} {number + 1}",
            handle=f"product-{number + 1}",
            created_at=created,
            description_html=f"<p>{' '.join(chance.choices(_WORDS, k=40))}.</p>",
            vendor=chance.choice(_VENDORS),
            product_type=chance.choice(_NOUNS),
            tags=sorted(chance.sample(_WORDS, 4)),
            image=f"{IMAGES}/product-{number + 1}.jpg?v=1",
            options=[("Size", [f"Size {index + 1}" for index in range(variants)])] if variants > 1 else (),
            variants=_synthetic_variants(chance, number, variants),
        )


def _synthetic_variants(chance: random.Random, number: int, variants: int) -> Iterator[dict[str, Any]]:
    for index in range(variants):
        yield {
            "option_values": [f"Size {index + 1}"] if variants > 1 else None,
            "sku": f"SKU-{number + 1}-{index + 1}",
            "barcode": f"{2_000_000_000_000 + number * 100 + index}",
            "price": f"{chance.randint(300, 29_900) / 100:.2f}",
            "cost": f"{chance.randint(100, 9_900) / 100:.2f}",
            "inventory_quantity": chance.randint(-3, 400),
            **weight(Decimal(chance.randint(1, 300)) / 100, "kg"),
        }


def _add(shop: Shop, line: Line, created: datetime) -> None:
    picture = f"{IMAGES}/{slug(line.title)}.jpg?v={int(created.timestamp())}" if line.pictured else None
    product = shop.add_product(
        line.title,
        created_at=created,
        description_html=line.html,
        vendor=line.vendor,
        product_type=line.kind,
        tags=sorted(line.tags),
        status=line.status,
        published=line.status in ("ACTIVE", "UNLISTED"),
        image=picture,
        image_alt=line.title if line.pictured and len(line.title) % 3 else None,
        options=line.options,
        variants=list(_variants(line)),
    )
    product.updated_at = created + timedelta(days=3, hours=len(line.title) % 20)


def _variants(line: Line) -> Iterator[dict[str, Any]]:
    """Every combination of a line's options; each step up in the first option costs a little more."""
    for index, values in enumerate(_combinations([values for _name, values in line.options])):
        first = line.options[0][1].index(values[0]) if line.options else 0
        price = Decimal(line.price) + Decimal(line.step) * first
        sku = line.sku
        if sku and line.options:
            sku = f"{sku}-{index + 1:02d}"
        yield {
            "option_values": list(values) or None,
            "sku": line.same_sku or sku or None,
            "barcode": line.barcode if index == 0 else None,
            "price": f"{price:.2f}",
            "compare_at_price": f"{price * Decimal('1.25'):.2f}" if "sale" in line.tags else None,
            "cost": f"{price * Decimal('0.35'):.2f}" if line.costed else None,
            "inventory_quantity": (len(line.title) * 7 + index * 3) % 60 - 2,
            **weight(Decimal(line.weight) * (first + 1), line.unit),
        }


def _combinations(lists: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for values in lists:
        found = [(*head, value) for head in found for value in values]
    return found


_ADJECTIVES = ("Amber", "Birch", "Coastal", "Dune", "Ember", "Fern", "Granite", "Harbour", "Indigo", "Juniper")
_NOUNS = ("Bowl", "Candle", "Scarf", "Tote", "Soap", "Ring", "Mug", "Yarn", "Print", "Basket")
_VENDORS = ("Maple & Thread", "Atelier Lune", "Northfold", "Petite Rive")
_WORDS = (
    "autumn", "birch", "clay", "cotton", "dyed", "everyday", "fired", "gift", "handmade", "home", "kitchen", "linen",
    "little", "local", "merino", "natural", "oak", "poured", "quiet", "recycled", "slow", "small", "soft", "soy",
    "spring", "stoneware", "summer", "thrown", "warm", "winter", "wool", "woven",
)  # fmt: skip
