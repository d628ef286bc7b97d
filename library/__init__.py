"""The electronic bookcase: books in ZIM files, their shelf, their pages and their QR codes."""
