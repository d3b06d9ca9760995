"""A local Shopify: enough of the Admin API to build, test, show and learn with, sharing no code with the engine."""
