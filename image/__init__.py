"""The workshop that builds the SD-card image."""
