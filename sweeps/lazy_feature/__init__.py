"""Lazy and feature learning: regimes over h and alpha, Gram matrices, initial scales."""
