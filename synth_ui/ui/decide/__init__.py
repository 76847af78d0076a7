"""Which candidate to use: what a race has shown, in words and on scales."""
