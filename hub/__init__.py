"""The roof over the wings: configuration, wiring, the website's door, accounts and administration."""

__version__ = "0.1.0"
