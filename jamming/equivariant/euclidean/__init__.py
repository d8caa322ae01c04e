"""Rotations and reflections of space: irreps, networks of voxels and of points. Needs e3nn-jax."""
