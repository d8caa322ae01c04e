"""Deformations of images, and how stable the outputs of a network are to them.

Images are [n, H, W, C], channels last; the first component of a displacement field [2, H, W] is
along the rows' index, the second along the columns'. Functions raise `BadInput` for arrays of other
shapes than stated, values that are not finite, and numbers out of range.
"""
