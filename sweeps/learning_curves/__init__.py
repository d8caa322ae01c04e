"""Test error against P: stripes and cylinders, networks, kernels, kernel regression."""
