"""How rows are drawn as they are asked for: within rules, under conditions, matched to tables, spread evenly."""
