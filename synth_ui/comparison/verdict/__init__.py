"""What may be said of the candidates, and what speaks against each."""
