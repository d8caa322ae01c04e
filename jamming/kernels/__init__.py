"""Kernels: the empirical NTK, its infinite-width limit, and the dynamics it freezes into."""
