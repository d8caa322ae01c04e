"""Finite groups, their fields and kernels: every equivariant map between them, and p4 and p4m."""
