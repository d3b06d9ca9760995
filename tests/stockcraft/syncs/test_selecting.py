"""Which shop products come in, as a person chose."""

from __future__ import annotations

import pytest

from contracts.django_bench import DjangoBench

pytestmark = pytest.mark.django_db


def test_what_was_left_out_is_taken_in_on_a_plan_with_a_limit_though_nothing_else_waits() -> None:
    bench = DjangoBench()
    bench.leave_out(1)
    catalogue = bench.new_run()
    assert catalogue.choices([1])[1].left_out
    bench.take_in(1)
    assert catalogue.choices([1]) == {}
