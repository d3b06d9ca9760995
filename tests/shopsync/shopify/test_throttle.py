"""Pacing by Shopify's own numbers."""

import pytest

from shopsync.shopify.throttle import Cost, Pace, ThrottleStatus


class Hands:
    """A clock's hands, moved by the test."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def cost(requested: float, available: float, *, actual: float | None = 0) -> Cost:
    return Cost(requested, actual, ThrottleStatus(2000.0, available, 100.0))


def test_nothing_is_waited_for_before_anything_is_known() -> None:
    assert Pace(Hands()).wait("products") == 0


def test_a_query_that_can_be_afforded_goes_at_once() -> None:
    pace = Pace(Hands())
    pace.learn("products", cost(387, 387))
    assert pace.wait("products") == 0


def test_the_wait_is_what_is_missing_over_the_restore_rate() -> None:
    pace = Pace(Hands())
    pace.learn("products", cost(387, 118))
    assert pace.wait("products") == pytest.approx(2.69)


def test_points_come_back_while_time_passes_up_to_the_buckets_size() -> None:
    hands = Hands()
    pace = Pace(hands)
    pace.learn("products", cost(700, 0))
    hands.at += 5
    assert pace.wait("products") == pytest.approx(2.0)
    hands.at += 3600
    pace.learn("dear", Cost(2500, None, None))
    assert pace.wait("dear") == pytest.approx(5.0)


def test_each_query_is_known_by_its_own_price() -> None:
    pace = Pace(Hands())
    pace.learn("products", cost(700, 100))
    pace.learn("count", cost(10, 100))
    assert (pace.wait("count"), pace.wait("products")) == (0, pytest.approx(6.0))


def test_a_refused_query_waits_at_least_a_second() -> None:
    pace = Pace(Hands())
    assert pace.wait_after_refusal("products") == 1
    pace.learn("products", cost(387, 380, actual=None))
    assert pace.wait_after_refusal("products") == 1
    pace.learn("products", cost(387, 0, actual=None))
    assert pace.wait_after_refusal("products") == pytest.approx(3.87)


def test_a_bucket_that_does_not_fill_is_not_waited_for_forever() -> None:
    pace = Pace(Hands())
    pace.learn("products", Cost(387, None, ThrottleStatus(2000, 0, 0)))
    assert pace.wait("products") == 0
