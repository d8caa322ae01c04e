"""Claims on networks that are given a symmetry."""
