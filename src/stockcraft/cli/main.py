"""Entry point of the `stockcraft` command."""

import os


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stockcraft.settings")
