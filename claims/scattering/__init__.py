"""Claims on scattering."""
