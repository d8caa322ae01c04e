"""Claims on scattering, and on networks between fixed wavelets."""
