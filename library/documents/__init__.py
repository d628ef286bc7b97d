"""Documents inside books: the pages around EPUBs, PDFs, films and sounds, and what these hold."""
