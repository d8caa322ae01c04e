"""Figures of the chapter on networks that are given a symmetry."""
