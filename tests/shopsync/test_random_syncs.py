"""The engine over the simulator and the catalogue in memory, at random."""

from __future__ import annotations

from hypothesis import settings

from contracts.catalogue_contract import Workbench
from contracts.memory_bench import MemoryBench
from contracts.random_syncs import RandomSyncs


class MemorySyncs(RandomSyncs):
    """Random syncs into memory."""

    @staticmethod
    def make_bench() -> Workbench:
        return MemoryBench()


TestMemorySyncs = MemorySyncs.TestCase
TestMemorySyncs.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, derandomize=True, database=None
)
