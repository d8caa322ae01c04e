"""Networks that are given a symmetry: what they keep of it, and what it is good for."""
