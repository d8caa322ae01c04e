"""Figures of scattering."""
