"""Figures of deformations, and of the stability of networks to them."""
