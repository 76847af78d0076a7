"""Generators that need no real table."""
