"""Choosing generators, racing them, watching the race."""
