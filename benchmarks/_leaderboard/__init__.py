"""What `benchmarks/leaderboard.py` stands on: the public tables and their splits, the published measures, and the page."""
