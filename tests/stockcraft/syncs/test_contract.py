"""The catalogue in PostgreSQL keeps the contract, and the random walk holds on it too."""

from __future__ import annotations

import pytest

from contracts.catalogue_contract import CatalogueContract, Workbench
from contracts.django_bench import DjangoBench
from contracts.random_syncs import RandomSyncs

pytestmark = pytest.mark.django_db


class TestDjangoCatalogue(CatalogueContract):
    @pytest.fixture
    def bench(self, db: None) -> Workbench:
        return DjangoBench()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_catalogue_is_the_shop_and_the_merchants_own_stays(seed: int) -> None:
    RandomSyncs(DjangoBench(), seed).walk(60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_the_same_over_ten_thousand_steps(seed: int) -> None:
    RandomSyncs(DjangoBench(), seed).walk(250)
