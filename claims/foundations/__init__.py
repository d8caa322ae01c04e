"""Claims on lazy training, bounds, separability and invertible networks."""
