"""Canonical columns as numbers, cells, points and hashes, and rows near one another: what generators, measures and plots share."""
