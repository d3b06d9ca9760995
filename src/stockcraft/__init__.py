"""The product: accounts, catalogue, connections, syncs and the pages to see them."""
