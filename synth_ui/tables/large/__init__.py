"""Tables larger than memory: scanned on disk, counted whole, and a stated sample of their rows taken."""
