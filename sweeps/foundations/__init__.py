"""Foundations of learning: lazy training, bounds, separability, invertible networks."""
