"""EPUBs inside books: read within limits, cleaned by allow-list, made ready once, and kept."""
