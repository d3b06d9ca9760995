"""The numbers and handles a shop gives, none of them twice.

Real ids have gaps; these do too, so that nobody counts on their being next to each other.
"""

from __future__ import annotations

FIRST_PRODUCT = 8_397_257_000_000
FIRST_VARIANT = 46_210_835_000_000
FIRST_OTHER = 33_900_418_000_000


class Numbers:
    """What a shop has given so far."""

    def __init__(self) -> None:
        self._next_product, self._next_variant, self._next_other = FIRST_PRODUCT, FIRST_VARIANT, FIRST_OTHER
        self._handles: set[str] = set()

    def product(self, given: int | None = None) -> int:
        """A new product's id, or the one it was given elsewhere, beyond which the next ones lie."""
        number = given or self._next_product
        self._next_product = max(self._next_product, number + (1 if given else 32_768))
        return number

    def variant(self, given: int | None = None) -> int:
        """A new variant's id, likewise."""
        number = given or self._next_variant
        self._next_variant = max(self._next_variant, number + (1 if given else 32))
        return number

    def other(self) -> int:
        """The id of anything else."""
        self._next_other += 16
        return self._next_other - 16

    def handle(self, wanted: str) -> str:
        """The handle, or the first that is free behind it."""
        number, free = 0, wanted
        while free in self._handles:
            number += 1
            free = f"{wanted}-{number}"
        self._handles.add(free)
        return free

    def free_handle(self, handle: str) -> None:
        """Nobody has this handle any more."""
        self._handles.discard(handle)

    def dump(self) -> list[int]:
        """Where the numbers stand."""
        return [self._next_product, self._next_variant, self._next_other]

    def load(self, numbers: list[int], handles: set[str]) -> None:
        """Go on from there, with these handles taken."""
        self._next_product, self._next_variant, self._next_other = numbers
        self._handles = handles
