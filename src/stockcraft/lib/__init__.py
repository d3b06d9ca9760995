"""Small things every other part stands on: environment, database, secrets, clock."""
