"""A table made ready to learn from, column by column, and drawn arrays made rows again."""
