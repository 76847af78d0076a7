"""Generators that draw from the leaves of trees."""
