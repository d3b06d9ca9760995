"""Each benchmark runs to its end on a small size; what it measures is for the large ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("bench 20x2", 4),
        ("bench.fleet 2 --workers 1", 2),
        ("bench.pages --products 600 --runs 60 --only run", 2),
        ("bench.tick 100", 1),
    ],
)
def test_a_benchmark_fills_a_row_for_each_thing_it_measures(command: str, rows: int) -> None:
    done = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True)
    # Nothing is asked of the times here, which say little while other tests run.
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stdout.splitlines() if line.startswith("| ")]) == rows + 1
