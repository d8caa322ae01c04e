"""Networks as pure functions: activations, parametrisations, FC, CNN, residual, padding, classic.

They raise `BadInput` for unknown names, numbers out of range, inputs of other shapes, and networks
that do not fit together.
"""
