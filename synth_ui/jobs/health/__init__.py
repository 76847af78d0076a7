"""How the program itself does: whether it is ready, and what whoever looks after it has to know."""
