"""The real table: choosing it, looking at it, reviewing its columns, cutting it."""
