"""A backup brings everything back on an empty machine, by the very commands the documentation gives."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOKEN = "shpat_of_the_shop"
ONE_SHOP = f"""
import django; django.setup()
from stockcraft.accounts.models import Account, User
account = Account.objects.open("Maple", User.objects.create_user("alice@example.com", "pw"))
account.connections.create(shop_domain="maple.myshopify.com", access_token="{TOKEN}")
account.products.create(title="Candle", notes="by hand")
"""
WHAT_IS_HERE = """
from stockcraft.lib import embedded; embedded.start()
import django; django.setup()
from stockcraft.accounts.models import Account
account = Account.objects.get()
print(account.slug, account.connections.get().access_token, account.products.get().notes)
"""


class Machine:
    """A machine of its own, as far as StockCraft can tell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STOCKCRAFT_")}
        self.environment = {
            **clean,
            "STOCKCRAFT_DATA": str(folder / "stockcraft"),
            "DJANGO_SETTINGS_MODULE": "stockcraft.settings",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def at_home(self, commands: str, backups: Path) -> str:
        """The commands with this machine's folders for the documentation's."""
        return commands.replace("/srv/backups", str(backups)).replace(
            "/srv/stockcraft", self.environment["STOCKCRAFT_DATA"]
        )

    def python(self, code: str) -> str:
        done = self.run(sys.executable, "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def machines() -> Iterator[list[Machine]]:
    folders = [Path(tempfile.mkdtemp(prefix="sc-backup-", dir="/tmp")) for _ in range(2)]
    for folder in folders:
        folder.chmod(0o755)
    found = [Machine(folder) for folder in folders]
    yield found
    for machine in found:
        machine.run("stockcraft", "down")
        shutil.rmtree(machine.folder)


def documented(heading: str) -> str:
    """The commands under this heading of the self-hosting guide."""
    text = (ROOT / "docs" / "self-hosting.md").read_text()
    found = re.search(rf"^#+ {heading}\n.*?```\n(.*?)```", text, re.M | re.S)
    assert found, heading
    return found[1]


def test_last_nights_backup_comes_back_on_an_empty_machine_by_the_documented_commands(machines: list[Machine]) -> None:
    lost, empty = machines
    backups = empty.folder
    assert lost.run("stockcraft", "migrate").returncode == 0
    lost.python(ONE_SHOP)
    nightly, again = documented("Every night"), documented("On an empty machine")

    done = lost.run("bash", "-euc", lost.at_home(nightly, backups))
    assert done.returncode == 0, done.stderr
    (kept,) = backups.glob("*.tar")
    assert kept.stat().st_mode & 0o077 == 0
    done = empty.run("bash", "-euc", empty.at_home(again, backups))

    assert done.returncode == 0, done.stderr
    assert "1 account is back (products: 1)." in done.stdout
    assert empty.python(WHAT_IS_HERE) == f"maple {TOKEN} by hand"


def test_a_restore_keeps_its_hands_off_what_is_there_and_off_files_that_are_no_backup(machines: list[Machine]) -> None:
    here, _other = machines
    assert here.run("stockcraft", "migrate").returncode == 0
    here.python(ONE_SHOP)
    file, nonsense = here.folder / "kept.tar", here.folder / "nonsense.tar"
    assert here.run("stockcraft", "backup", str(file)).returncode == 0
    with tarfile.open(nonsense, "w"):
        pass

    refused = here.run("stockcraft", "restore", str(file))
    unreadable = here.run("stockcraft", "restore", "--replace", str(nonsense))

    assert (refused.returncode, unreadable.returncode) == (2, 2)
    assert "--replace" in refused.stderr
    assert "no backup of StockCraft" in unreadable.stderr
    assert here.python(WHAT_IS_HERE) == f"maple {TOKEN} by hand"
    assert here.run("stockcraft", "restore", "--replace", str(file)).returncode == 0
    assert here.python(WHAT_IS_HERE) == f"maple {TOKEN} by hand"
