"""Lets desktop tools see and work the player, where there is a session bus (MPRIS 2 on D-Bus)."""
