"""Generators that train a network."""
