"""Laws between columns: found on the rows learned from, kept by the rows drawn."""
