"""Who uses the dashboard: one person on one machine, or several who sign in, each with a workspace of their own."""
