"""From an announcement's text to words that can be spoken."""
