"""The television, the loudspeaker and the buttons of the house."""
