"""Kernels: the empirical NTK, its infinite-width limit, and the dynamics it freezes into.

They raise `BadInput` for arrays of other shapes than stated and values that are not finite.
"""
