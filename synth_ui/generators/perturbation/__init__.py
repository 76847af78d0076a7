"""Generators that change real rows."""
