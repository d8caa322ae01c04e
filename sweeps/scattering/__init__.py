"""Scattering coefficients, and networks that learn between fixed wavelets."""
