"""The engine: reads a Shopify catalogue and decides what that means for a local one. It knows no web framework."""
