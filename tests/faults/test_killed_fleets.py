"""`make faults`: everything is killed at random while a fleet syncs; afterwards all is as if nothing had happened.

Each sync is held against its shop as it ends, and everything at last: `fleet_books`.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from exact_faults import exact_faults
from killable_fleet import Fleet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1500)]


@pytest.mark.parametrize(
    ("kills", "syncs", "shops"),
    [
        pytest.param(6, 2, 2, id="6 kills"),
        pytest.param(500, 100, 12, marks=pytest.mark.slow, id="500 kills over 100 syncs"),
    ],
)
def test_a_fleet_killed_at_random_ends_as_if_nothing_had_happened(
    kills: int, syncs: int, shops: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(kills)
    began = time.monotonic()
    with exact_faults(), Fleet(shops, chance) as fleet:
        killed: Counter[str] = Counter()
        while killed.total() < kills or fleet.ended() < syncs:
            fleet.keep_syncing()
            if killed.total() < kills and fleet.is_at_work():
                killed[fleet.kill_something()] += 1
            fleet.merchants_work()
            fleet.bring_back_what_died()
            time.sleep(chance.uniform(0.0, 0.5))
        chaos = time.monotonic() - began
        fleet.let_everything_end()
        ended, live = fleet.ended(), fleet.live()
        fleet.hold_against_shops()
        fleet.sync_all_once_more()
        fleet.hold_against_shops()

        wrong = found(fleet, live)
        with capsys.disabled():
            report(fleet, killed, ended, chaos, time.monotonic() - began, wrong)
        assert fleet.books.takeovers() >= kills / 10, "the kills came too late to prove anything"
        assert not any(wrong.values()), {what: list(these)[:5] for what, these in wrong.items() if these}


def found(fleet: Fleet, live: int) -> dict[str, Sequence[object]]:
    """Whatever is wrong, by the rule it breaks, with how much was looked at."""
    books = fleet.books
    return {
        f"runs without an end, of {fleet.ended():,}": range(live),
        f"syncs that differ from their shop or its changes, of {books.syncs_checked:,} held against it": books.wrong,
        f"shops unlike their catalogue in the end, of {len(fleet.shops)}": books.differing_shops(),
        f"products that a history names or brings in twice, of {books.changes():,} change rows": (
            books.repeated_changes()
        ),
        "changes that tell otherwise than those before them": books.broken_histories(),
        f"values of the merchant's own lost, of {books.local_fields():,}": books.lost_local_fields(),
        f"tokens lost, of {len(fleet.shops)}, {books.renewed_tokens()} renewed": books.lost_tokens(),
    }


def report(
    fleet: Fleet,
    killed: Counter[str],
    ended: int,
    chaos: float,
    seconds: float,
    wrong: dict[str, Sequence[object]],
) -> None:
    """What was done and what came of it, in a few lines."""
    by_kind = ", ".join(f"{count} {kind}" for kind, count in killed.most_common())
    by_status = ", ".join(f"{count} {status}" for status, count in fleet.books.statuses().most_common())
    print(
        f"\n{killed.total()} kills in {chaos:.0f} s ({by_kind})"
        f"\n{ended} syncs of {len(fleet.shops)} shops by {len(fleet.workers)} workers: {by_status};"
        f" {fleet.books.takeovers()} times another worker went on with one"
    )
    for what, these in wrong.items():
        print(f"{len(these):>6} {what}")
    print(f"{seconds:.0f} s in all")
