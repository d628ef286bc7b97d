"""The roof over the wings: configuration, wiring, the website's door, accounts and administration."""
