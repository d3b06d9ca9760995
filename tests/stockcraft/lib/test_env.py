"""Settings from the environment say clearly what is wrong with them."""

from pathlib import Path

import pytest

from stockcraft.lib import embedded, env, secrets


def test_a_secret_may_live_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("STOCKCRAFT_SECRET_KEY_FILE", str(tmp_path / "key"))

    assert env.text("STOCKCRAFT_SECRET_KEY") == "from a file"


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKCRAFT_SECRET_KEY_FILE", "/nowhere/key")

    with pytest.raises(env.ConfigError, match=r"STOCKCRAFT_SECRET_KEY_FILE names /nowhere/key"):
        env.text("STOCKCRAFT_SECRET_KEY")


def test_a_yes_or_no_setting_takes_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKCRAFT_DEBUG", "maybe")

    with pytest.raises(env.ConfigError, match="say 1 or 0"):
        env.flag("STOCKCRAFT_DEBUG")


def test_a_number_below_the_least_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKCRAFT_WORKER_CONCURRENCY", "0")

    with pytest.raises(env.ConfigError, match=r"STOCKCRAFT_WORKER_CONCURRENCY is 0; it takes 1 or more\."):
        env.integer("STOCKCRAFT_WORKER_CONCURRENCY", 4, least=1)


def test_secrets_are_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKCRAFT_DATA", str(tmp_path))

    first = secrets.secret_key()

    assert secrets.secret_key() == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_shared_database_needs_shared_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://stockcraft@db/stockcraft")

    with pytest.raises(env.ConfigError, match="STOCKCRAFT_SECRET_KEY is not set"):
        secrets.secret_key()


def test_a_database_url_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root@db/stockcraft")

    with pytest.raises(env.ConfigError, match="DATABASE_URL must look like postgresql://"):
        embedded.settings()
