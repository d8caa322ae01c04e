"""The random-features model: one hidden layer, frozen at the start, and its exact test error.

Functions raise `BadInput` for arrays of other shapes than stated and values that are not finite.
"""
