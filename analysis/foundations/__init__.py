"""Figures of lazy training, bounds, separability and invertible networks."""
