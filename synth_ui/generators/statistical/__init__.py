"""Generators that fit a joint distribution."""
