"""Numbers as people read them: digits, units and names that tables and figures share."""
