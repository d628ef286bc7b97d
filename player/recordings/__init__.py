"""Recordings of announcements: taken in from strangers, made alike, and kept for a while."""
