"""How often things are opened: counted by day, without a word about who opened them."""
