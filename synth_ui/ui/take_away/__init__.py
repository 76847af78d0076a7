"""What a visitor takes along: report, rows, more rows, script."""
