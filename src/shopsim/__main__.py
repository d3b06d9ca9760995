"""Lets `python -m shopsim` be the command."""

from shopsim.cli import main

main()
