"""Agent-based models."""
