"""Parameters by part: one file a part, gathered by the sections that own them."""
