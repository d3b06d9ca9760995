"""Lets `python -m stockcraft` be the command."""

from stockcraft.cli import main

main()
