"""What the columns of a table hold, found out from their values and names."""
