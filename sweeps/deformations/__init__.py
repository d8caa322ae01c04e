"""Deformations of images, and how stable networks are to them."""
