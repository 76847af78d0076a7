"""Generators to compare with: the least and the most that keeping real rows can give."""
