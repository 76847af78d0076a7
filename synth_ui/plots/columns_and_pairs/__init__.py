"""Real and synthetic values side by side: single columns, pairs of columns, shares of rows."""
