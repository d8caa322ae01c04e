"""Laws fitted to what many seeds measured, with intervals from a bootstrap over the seeds.

They raise `BadInput` for other shapes, fewer points than parameters + 1, infinite values, x that is
not positive, and options out of range; those in logarithms also for means that are not positive.
"""
