"""The engine over the simulator and the catalogue in memory, at random."""

from __future__ import annotations

import pytest

from contracts.memory_bench import MemoryBench
from contracts.random_syncs import RandomSyncs


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_catalogue_is_the_shop_and_the_merchants_own_stays(seed: int) -> None:
    RandomSyncs(MemoryBench(), seed).walk(150)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_the_same_over_ten_thousand_steps(seed: int) -> None:
    RandomSyncs(MemoryBench(), seed).walk(250)
