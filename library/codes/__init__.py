"""Short codes printed on walls for years: what they stand for, the file that keeps them, and their QR pictures."""
