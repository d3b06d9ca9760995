"""What a bulk result writes as at the last whole read has the fingerprint it had then: it need not be decoded.

A product's text is known by its imprint, which leaves out the time of the last touch: every stock movement bumps it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from datetime import datetime
from functools import partial
from hashlib import blake2b
from struct import Struct
from typing import Protocol

from shopsync.digest import FORMAT, digest
from shopsync.errors import UnexpectedData
from shopsync.shopify import lines
from shopsync.shopify.spool import PRODUCT
from shopsync.values import Familiar, Page, ShopProduct

# A product's id, its text's imprint and its fingerprint.
ROW = Struct(">Q16s16s")
TOUCHED = b'"updatedAt":"'

Lines = bytes | bytearray


class Keeper(Protocol):
    """Keeps a shop's texts from one whole read to the next: a cache, without which everything is decoded."""

    def load(self) -> bytes:
        """What was saved last; nothing if nothing was."""

    def save(self, texts: bytes) -> None:
        """Keep this instead."""


class Texts:
    """The texts of the last whole read, as it ``noted`` them, and those of this one."""

    def __init__(self, last: bytes = b"") -> None:
        self._last = last
        self._ids = array("Q", (shop_id for shop_id, _, _ in ROW.iter_unpack(last)))
        self._noted = bytearray()
        self._latest, self._rising = -1, True

    def fingerprint(self, shop_id: int, imprint: bytes) -> bytes | None:
        """The fingerprint of the product with this text; None if its text was another, or it was not there."""
        row = bisect_left(self._ids, shop_id)
        if row == len(self._ids) or self._ids[row] != shop_id:
            return None
        _, then, fingerprint = ROW.unpack_from(self._last, row * ROW.size)
        return fingerprint if then == imprint else None

    def note(self, shop_id: int, imprint: bytes, fingerprint: bytes) -> None:
        """Remember a product of this read."""
        self._noted += ROW.pack(shop_id, imprint, fingerprint)
        self._latest, self._rising = shop_id, self._rising and shop_id > self._latest

    def noted(self) -> bytes | None:
        """What to keep of this read, by rising id; None where that is what was kept."""
        if not self._rising:
            rows = bytes(self._noted)
            self._noted[:] = b"".join(sorted(rows[at : at + ROW.size] for at in range(0, len(rows), ROW.size)))
            self._rising = True
        return bytes(self._noted) if self._noted != self._last else None


def page(text: Lines, currency: str, cursor: str | None, texts: Texts) -> Page:
    """The products of some lines, as ``lines.page`` reads them, but for the familiar: they are decoded when asked."""
    try:
        families = _families(text)
        looks = {shop_id: _look(family, currency) for shop_id, family in families.items()}
    except ValueError:
        # Written otherwise than ever seen: whatever it is, decoding tells.
        return lines.page(text, currency, cursor)
    familiar: list[Familiar] = []
    for shop_id, (imprint, updated_at) in looks.items():
        if fingerprint := texts.fingerprint(shop_id, imprint):
            family = families.pop(shop_id)
            familiar.append(Familiar(shop_id, fingerprint, updated_at, partial(_read, family, currency)))
            texts.note(shop_id, imprint, fingerprint)
    if familiar:
        text = b"\n".join(PRODUCT + family for family in families.values())
    others = lines.page(text, currency, cursor)
    for product in others.products:
        texts.note(product.id, looks[product.id][0], digest(product))
    return Page(others.products, cursor, others.unreadable, tuple(familiar))


def _families(text: Lines) -> dict[int, Lines]:
    """By each product's id its lines, behind what begins them all. Raises ValueError where they cannot be told apart
    so."""
    before, *families = (b"\n" + text.removesuffix(b"\n")).split(b"\n" + PRODUCT)
    found: dict[int, Lines] = {_id_of(family): family for family in families}
    if before or len(found) < len(families):
        raise ValueError("not every line belongs to the product above it, or one is shown twice")
    return found


def _id_of(family: Lines) -> int:
    end = family.index(b'"', family.index(b'"') + 1)
    return int(family[family.rindex(b"/", 0, end) + 1 : end])


def _look(family: Lines, currency: str) -> tuple[bytes, datetime]:
    """The imprint of a product's lines, and when it was last touched. Raises ValueError where they do not say.

    The first key of that name is the product's own: none is asked for within it, and quotes in texts are escaped.
    """
    begins = family.index(TOUCHED) + len(TOUCHED)
    ends = family.index(b'"', begins)
    # The currency is part of a product, though its lines do not show it.
    imprint = blake2b(f"{FORMAT} {currency} ".encode(), digest_size=16)
    imprint.update(memoryview(family)[:begins])
    imprint.update(memoryview(family)[ends:])
    return imprint.digest(), datetime.fromisoformat(family[begins:ends].decode())


def _read(family: Lines, currency: str) -> ShopProduct:
    found = lines.page(PRODUCT + family, currency, None)
    if found.unreadable:
        raise UnexpectedData(f"{found.unreadable[0].title} could be read before. {found.unreadable[0].why}")
    return found.products[0]
