"""`make faults`: everything is killed at random while a fleet syncs; afterwards all is as if nothing had happened."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from killable_fleet import Fleet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1500)]


@pytest.mark.parametrize(
    ("kills", "syncs", "shops"),
    [
        pytest.param(12, 4, 2, id="12 kills"),
        pytest.param(500, 100, 12, marks=pytest.mark.slow, id="500 kills over 100 syncs"),
    ],
)
def test_a_fleet_killed_at_random_ends_as_if_nothing_had_happened(
    kills: int, syncs: int, shops: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(kills)
    began = time.monotonic()
    with Fleet(shops, chance) as fleet:
        killed: Counter[str] = Counter()
        while killed.total() < kills or fleet.ended() < syncs:
            fleet.keep_syncing()
            if killed.total() < kills:
                killed[fleet.kill_something()] += 1
            fleet.merchants_work()
            fleet.bring_back_what_died()
            time.sleep(chance.uniform(0.0, 0.5))
        chaos = time.monotonic() - began
        fleet.let_everything_end()
        ended = fleet.ended()
        fleet.sync_all_once_more()

        assert fleet.live() == 0
        assert fleet.differing_shops() == []
        assert fleet.lost_local_fields() == []
        assert fleet.lost_tokens() == []
        assert fleet.repeated_changes() == []
        assert fleet.broken_histories() == []
        with capsys.disabled():
            report(fleet, killed, ended, chaos, time.monotonic() - began)


def report(fleet: Fleet, killed: Counter[str], ended: int, chaos: float, seconds: float) -> None:
    """What was done and what came of it, in a few lines."""
    by_kind = ", ".join(f"{count} {kind}" for kind, count in killed.most_common())
    by_status = ", ".join(f"{count} {status}" for status, count in fleet.statuses().most_common())
    print(
        f"\n{killed.total()} kills in {chaos:.0f} s ({by_kind})"
        f"\n{ended} syncs of {len(fleet.shops)} shops by {len(fleet.workers)} workers: {by_status};"
        f" {fleet.takeovers()} times another worker went on with one"
        f"\n{fleet.changes():,} change rows, none twice; every catalogue equals its shop; "
        f"{fleet.local_fields():,} local fields kept; {seconds:.0f} s in all"
    )
