"""Generators that give a differential-privacy guarantee."""
