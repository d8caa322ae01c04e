"""Scattering: what it proves, and networks that collapse phases."""
