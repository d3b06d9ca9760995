"""How the engine talks to Shopify."""
