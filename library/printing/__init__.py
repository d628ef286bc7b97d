"""Labels and posters on paper: what is chosen, how it is ordered, and how it is drawn."""
