"""Sync runs and what they did: the diary that history, progress, notices and support all read."""
