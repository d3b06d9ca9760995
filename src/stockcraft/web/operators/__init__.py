"""`/operators/`: what whoever hosts StockCraft sees of all its accounts, and the few things they may do about them."""

from stockcraft.web.operators import accounts, audit, connections, runs
from stockcraft.web.operators.site import site

__all__ = ["accounts", "audit", "connections", "runs", "site"]
