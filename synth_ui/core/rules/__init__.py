"""What is asked of rows: rules, conditions, formulas, and whether any row could keep them."""
