"""What the measures found: on scales, against one another, and family by family."""
