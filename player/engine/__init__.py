"""The player's engine: one thread, one queue, and the rules of what plays when."""
