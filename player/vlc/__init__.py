"""The screen and the loudspeaker as libvlc works them: in a window of its own, or hidden."""
