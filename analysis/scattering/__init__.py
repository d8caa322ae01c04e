"""Figures of scattering, and of networks between fixed wavelets."""
