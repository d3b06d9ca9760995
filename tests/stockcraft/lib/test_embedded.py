"""The embedded PostgreSQL starts wherever the data folder is."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from stockcraft.lib import embedded


@pytest.fixture
def deep(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    top = Path(tempfile.mkdtemp(prefix="sc-deep-", dir="/tmp"))
    path = top.joinpath(*["a-folder-with-a-long-name"] * 5)
    path.mkdir(parents=True)
    top.chmod(0o755)
    monkeypatch.setenv("STOCKCRAFT_DATA", str(path))
    yield path
    embedded.stop()
    shutil.rmtree(top)


def test_a_path_too_long_for_a_socket_gets_its_socket_elsewhere(deep: Path) -> None:
    embedded.start()

    entry = embedded.settings()

    assert len(str(embedded.folder())) > 107
    assert not str(entry["HOST"]).startswith(str(deep))
    with psycopg.connect(host=str(entry["HOST"]), user="postgres", dbname="postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_stopping_says_whether_there_was_anything_to_stop(deep: Path) -> None:
    assert embedded.stop() is False
    embedded.start()

    assert embedded.stop() is True
    assert embedded.stop() is False


def test_any_number_may_join_at_once(deep: Path) -> None:
    embedded.start()
    with ThreadPoolExecutor(8) as threads:
        for joining in [threads.submit(embedded.start) for _ in range(64)]:
            joining.result()
