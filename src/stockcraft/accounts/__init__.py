"""Who uses StockCraft: users, the accounts they share, and the plan of each account."""
