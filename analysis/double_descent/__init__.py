"""Figures and estimates of double descent."""
