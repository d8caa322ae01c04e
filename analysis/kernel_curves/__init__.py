"""Figures of learning curves of kernels."""
