"""Reading a book: its own page, the reading desk, the order of its pages, and where each entry is opened."""
