"""Sending what books hold: pages byte for byte, compressed texts, large entries, and whole books to take home."""
