"""Tables in databases: browsed, previewed, read and written back."""
