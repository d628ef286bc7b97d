"""Announcements: which goes first, who may speak, warnings from outside, and the log of what was played."""
