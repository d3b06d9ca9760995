"""The StockCraft catalogue: products and variants, what Shopify owns in them and what the merchant does."""
