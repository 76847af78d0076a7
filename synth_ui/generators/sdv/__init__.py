"""Generators of SDV, behind one adapter."""
