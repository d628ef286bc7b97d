"""Search over everything on the shelf: words without marks, the index of all pages, and what is found."""
