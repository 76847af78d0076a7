"""How values are written as text, and read back: numbers, dates, durations, names of months."""
