"""Choosing among candidates: the probability of being best, trade-offs, requirements, the choice itself."""
