"""The pins of the computer: what reaches them, and the box of buttons, lights and relay that hangs on them."""
