"""The words that the tables and the agents of a simulation have in common."""

from __future__ import annotations

EVENTS = ("visit", "purchase", "complaint", "left")
CHANNELS, PLANS = ("search", "advert", "friend", "partner"), ("basic", "plus", "pro")
CATEGORIES = ("groceries", "fuel", "restaurant", "travel", "electronics", "online services", "gambling")
REGIONS = ("north", "east", "south", "west")
PATTERNS = ("none", "stolen card", "account taken over", "merchant in collusion")
WARNING_DAYS = 7
TYPES = ("pump", "compressor", "conveyor")
