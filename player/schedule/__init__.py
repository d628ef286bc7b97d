"""What plays when: weekly and dated items, quiet hours, the order of a playlist, and what outlives a power cut."""
