"""The catalogue in memory keeps the contract."""

from __future__ import annotations

import msgspec
import pytest

from contracts.catalogue_contract import CatalogueContract, Workbench
from contracts.memory_bench import MemoryBench
from contracts.shop_examples import a_product
from shopsync.ports import Progress, Step
from shopsync.stores.memory import MemoryCatalogue


class TestMemoryCatalogue(CatalogueContract):
    @pytest.fixture
    def bench(self) -> Workbench:
        return MemoryBench()


def test_writing_outside_a_step_is_an_error() -> None:
    catalogue = MemoryCatalogue()
    with pytest.raises(RuntimeError):
        catalogue.write(Step(progress=Progress()))


def test_products_cannot_be_changed_behind_the_catalogues_back() -> None:
    catalogue = MemoryCatalogue()
    catalogue.add(a_product(1))
    with pytest.raises(AttributeError):
        catalogue.products()[0].archived = True  # type: ignore[misc]
    assert msgspec.structs.asdict(catalogue.products()[0])["archived"] is False
