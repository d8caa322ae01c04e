"""Laws fitted to what many seeds measured, with intervals from a bootstrap over the seeds.

They raise `BadInput` for other shapes, too few points, infinite values, and x that is not positive.
"""
