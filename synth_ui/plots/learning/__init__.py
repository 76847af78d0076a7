"""While something is made: the loss, the trials of a search, tables made from nothing."""
