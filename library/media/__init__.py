"""Films, sounds and pictures on the shelf: what they are, what stands beside them, and their pages."""
