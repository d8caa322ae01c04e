"""Signals on the sphere and on its rotations, and networks of them. Needs s2fft."""
