"""The long-running commands start, answer, refuse what they must, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest


def stockcraft(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOCKCRAFT_")}
    return subprocess.Popen(
        [sys.executable, "-m", "stockcraft", *arguments],
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read()
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail("it did not become ready")


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(f"/tmp/sc-up-{os.getpid()}")
    folder.mkdir()
    yield folder  # type: ignore[misc]
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    alive = [child for child in psutil.Process(process.pid).children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if "worker" in child.cmdline()]


def test_up_serves_pages_and_ends_with_all_its_children(data: Path) -> None:
    port = free_port()
    process = stockcraft("up", "--port", str(port), STOCKCRAFT_DATA=str(data))
    wait_until_ready(port, process)
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2

    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    out, _err = process.communicate(timeout=40)

    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/" in out
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert not (data / "pg" / "postmaster.pid").exists(), "the embedded database still runs"


def test_two_that_migrate_at_once_wait_for_each_other(data: Path) -> None:
    both = [stockcraft("migrate", STOCKCRAFT_DATA=str(data)) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    again = stockcraft("migrate", STOCKCRAFT_DATA=str(data)).communicate(timeout=60)
    assert "up to date already" in again[0]
    stockcraft("down", STOCKCRAFT_DATA=str(data)).communicate(timeout=60)


def test_up_starts_a_dead_child_again(data: Path) -> None:
    port = free_port()
    process = stockcraft("up", "--port", str(port), STOCKCRAFT_DATA=str(data))
    try:
        wait_until_ready(port, process)
        (worker,) = workers_of(process)
        worker.kill()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if any(child.pid != worker.pid for child in workers_of(process)):
                break
            time.sleep(0.1)
        else:
            pytest.fail("the worker did not come back")
    finally:
        process.terminate()
        process.communicate(timeout=40)


def test_up_starts_a_database_again_that_was_killed(data: Path) -> None:
    port = free_port()
    process = stockcraft("up", "--port", str(port), "--quiet", STOCKCRAFT_DATA=str(data))
    try:
        wait_until_ready(port, process)
        os.kill(int((data / "pg" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        time.sleep(1)
        wait_until_ready(port, process)
    finally:
        process.terminate()
        _out, err = process.communicate(timeout=40)
    assert "The database ended and starts again." in err


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = stockcraft("up", "--port", str(port), STOCKCRAFT_DATA="/tmp/sc-never-made")
        _out, err = process.communicate(timeout=30)

    assert process.returncode == 2
    assert err == f"Port {port} cannot be used (Address already in use). Choose another with --port.\n"


def test_a_data_folder_that_cannot_be_written_is_one_sentence() -> None:
    process = stockcraft("runs", "--account", "x", STOCKCRAFT_DATA="/proc/nowhere")
    _out, err = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "The data folder /proc/nowhere cannot be written to" in err
    assert "Choose another with STOCKCRAFT_DATA." in err
    assert "Traceback" not in err


def test_missing_production_secrets_are_named() -> None:
    process = stockcraft("runs", "--account", "x", DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    _out, err = process.communicate(timeout=30)

    assert process.returncode == 2
    assert err.startswith("STOCKCRAFT_SECRET_KEY is not set.")


def test_a_database_that_does_not_answer_is_one_sentence() -> None:
    process = stockcraft(
        "runs",
        "--account",
        "x",
        DATABASE_URL="postgresql://nobody@127.0.0.1:9/none",
        STOCKCRAFT_SECRET_KEY="x" * 50,
        STOCKCRAFT_ENCRYPTION_KEYS="x" * 43 + "=",
    )
    _out, err = process.communicate(timeout=30)

    assert process.returncode == 2
    assert err.startswith("The database cannot be reached:")
    assert "Traceback" not in err


def test_a_database_that_was_killed_is_back_for_the_next_command(data: Path) -> None:
    try:
        for _ in range(2):
            process = stockcraft("runs", "--account", "x", STOCKCRAFT_DATA=str(data))
            _out, err = process.communicate(timeout=60)
            assert (process.returncode, err.startswith("There is no account x.")) == (2, True)
            os.kill(int((data / "pg" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    finally:
        stockcraft("down", STOCKCRAFT_DATA=str(data)).communicate(timeout=60)


def test_a_locale_that_the_machine_does_not_have_is_no_hindrance(data: Path) -> None:
    unknown = {"LC_ALL": "xx_XX.UTF-8", "STOCKCRAFT_DATA": str(data)}
    try:
        for _ in range(2):
            _out, err = stockcraft("runs", "--account", "x", **unknown).communicate(timeout=60)
            assert err.startswith("There is no account x."), err
            stockcraft("down", **unknown).communicate(timeout=60)
    finally:
        stockcraft("down", STOCKCRAFT_DATA=str(data)).communicate(timeout=60)
