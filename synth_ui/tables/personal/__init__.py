"""Columns that point at persons: by their names and by what is in them."""
