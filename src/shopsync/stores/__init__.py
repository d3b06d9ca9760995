"""Catalogues the engine brings along."""
