"""A database that was lost: what is known of everything is also kept beside it, and put together again from that."""
