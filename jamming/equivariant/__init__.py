"""Networks that are given a symmetry, and the theory of what they can be."""
