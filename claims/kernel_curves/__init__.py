"""Claims on learning curves of kernels."""
