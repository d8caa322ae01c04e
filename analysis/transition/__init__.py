"""Figures and estimates of the jamming transition."""
