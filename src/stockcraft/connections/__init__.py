"""The tie between an account and a shop: who may read it, with which token, and when it is next read."""
