"""Scattering: what it proves, what it tells apart, and networks that collapse phases."""
