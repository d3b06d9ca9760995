"""The `stockcraft` command."""

from stockcraft.cli.main import main

__all__ = ["main"]
