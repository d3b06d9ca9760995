"""How a worker shares itself between small and large shops, and when a run makes room for others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from stockcraft.workflows.tasks import LARGE_QUEUE, QUEUE, sync, turn
from stockcraft.workflows.worker import shares


@pytest.mark.parametrize("concurrency", [2, 4, 9])
def test_large_shops_can_never_take_the_whole_worker(concurrency: int) -> None:
    served = shares(concurrency)

    assert sum(share for _queues, share in served) == concurrency
    assert [queues for queues, _share in served] == [[QUEUE], [LARGE_QUEUE]]
    assert all(share >= 1 for _queues, share in served)


def test_a_worker_with_one_place_serves_both_queues() -> None:
    assert shares(1) == [([QUEUE, LARGE_QUEUE], 1)]


@pytest.mark.django_db(transaction=True)
def test_a_run_makes_room_after_its_turn_only_when_others_wait() -> None:
    its_turn_is_over, long = turn(QUEUE, length=0.0), turn(QUEUE)
    assert not its_turn_is_over()
    sync.configure(schedule_at=timezone.now() + timedelta(hours=1)).defer(run_id=1)
    sync.configure(queue=LARGE_QUEUE).defer(run_id=2)
    assert not its_turn_is_over()

    sync.defer(run_id=3)

    assert its_turn_is_over()
    assert not long()
