"""Switches the television over the HDMI cable (CEC), as well as that goes."""
