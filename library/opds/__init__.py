"""The catalogue for programs: what it says of each thing, its feeds, and OPDS in both versions."""
