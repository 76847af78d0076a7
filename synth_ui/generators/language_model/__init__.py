"""Rows asked of a language model."""
