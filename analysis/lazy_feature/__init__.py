"""Figures and estimates of lazy and feature learning."""
