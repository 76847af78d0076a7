"""Several users on one server: a workspace each, what one is given, and who of them has work to be done."""
